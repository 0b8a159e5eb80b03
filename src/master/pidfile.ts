import { renameSync, unlinkSync, writeFileSync } from "node:fs";

/** Writes this process's pid, whole or not at all. @throws Error where the directory cannot be written */
export function writePidfile(path: string): void {
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, `${process.pid}\n`, { mode: 0o644 });
  renameSync(fresh, path);
}

/** @returns why it could not be removed. */
export function removePidfile(path: string): string | undefined {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return (error as Error).message;
  }
  return undefined;
}
