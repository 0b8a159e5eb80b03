import { statSync } from "node:fs";

/** Files whose modification asks for a reload; looked at once a second, as uWSGI does. */
export class TouchWatch {
  readonly #seen = new Map<string, number>();

  constructor(files: readonly string[]) {
    for (const file of files) this.#seen.set(file, modified(file));
  }

  /** The first file that was touched since the last look; a file that went away is not. */
  touched(): string | undefined {
    let found: string | undefined;
    for (const [file, before] of this.#seen) {
      const now = modified(file);
      this.#seen.set(file, now === 0 ? before : now);
      if (now !== 0 && now !== before) found ??= file;
    }
    return found;
  }
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
