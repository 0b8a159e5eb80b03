import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";

/** A regular file, open for reading. Whoever has it closes it. */
export interface OpenFile {
  readonly fd: number;
  readonly state: Stats;
}

/**
 * Opens what may be served; undefined: it is not there, or no regular file. The path has no links left, so
 * one that is found at its end was put there meanwhile; a FIFO would block.
 * @throws the file system's errors, but for those that say that there is no such file.
 */
export function openFile(path: string): OpenFile | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    const state = fstatSync(fd);
    if (state.isFile()) return { fd, state };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

const absent = new Set(["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"]);

/** Whether an error says that a file is not there, or not for this process. */
export function isAbsent(error: unknown): boolean {
  return absent.has((error as NodeJS.ErrnoException).code ?? "");
}
