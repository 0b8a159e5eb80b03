import { realpathSync, statSync } from "node:fs";
import { sep } from "node:path";

/** Milliseconds for which a directory is taken to be where it was: most files found in it are. */
const REMEMBERED = 1_000;

/** A directory that may be a link, and another one tomorrow (`current` → `release-42`). */
export class RealDirectory {
  readonly path: string;
  #real: string | undefined;
  #until = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Whether a path without links is the directory's own, or below it. What is not is looked at twice. */
  has(file: string): boolean {
    const now = Date.now();
    if (now < this.#until && isBelow(file, this.#real)) return true;
    this.#real = this.#resolve();
    this.#until = now + REMEMBERED;
    return isBelow(file, this.#real);
  }

  /** undefined: it is not there. */
  #resolve(): string | undefined {
    if (statSync(this.path, { throwIfNoEntry: false }) === undefined) return undefined;
    return realpathSync.native(this.path);
  }
}

function isBelow(file: string, directory: string | undefined): boolean {
  if (directory === undefined || !file.startsWith(directory)) return false;
  return file.length === directory.length || directory.endsWith(sep) || file[directory.length] === sep;
}
