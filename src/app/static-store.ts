import { closeSync, readSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { RealDirectory } from "./real-directory.ts";
import { isAbsent, openFile } from "./static-file.ts";

/** A regular file that may be served. */
export interface StoredFile {
  /** Without links. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with their fraction. */
  readonly modified: number;
  /** All of it, where it is small. Nobody writes to it. */
  readonly bytes: Buffer | undefined;
  /** What tells this state of this file from every other. */
  readonly state: FileState;
}

export type FileState = Pick<Stats, "dev" | "ino" | "size" | "mtimeMs" | "ctimeMs">;

/** Bytes of the largest file that is kept, and of all of them; files known, small or not. */
const SMALL = 64 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_FILES = 4_096;
/** Milliseconds: what changed just now may change again in the same tick of the file system's clock. */
const UNSETTLED = 1_000;

/**
 * Finds files, and remembers those that it found: one look (stat) tells whether a file is still the one that
 * was read and allowed before, since no change of a file or its rights leaves its ctime as it was. That is less
 * than half of the CPU of resolving, opening and reading a small file (docs/adr/0011-static-files.md).
 */
export class StaticStore {
  readonly #index: readonly string[];
  readonly #safe: readonly RealDirectory[];
  /** By the path before links are followed; the oldest first. */
  readonly #known = new Map<string, StoredFile>();
  #bytes = 0;

  /**
   * @param index what is served for a directory, the first that is there
   * @param safe directories that links may lead to
   */
  constructor(index: readonly string[], safe: readonly string[]) {
    this.#index = index;
    this.#safe = safe.map((path) => new RealDirectory(path));
  }

  /**
   * The file at a path, or the index of the directory there; undefined where there is none, or none that may
   * be served: it has to be below the root, or below a safe directory, when its links are followed.
   * @throws the file system's errors, but for those that say that there is no such file.
   */
  find(path: string, root: RealDirectory, wanted: "file" | "directory" | "any"): StoredFile | undefined {
    try {
      const stats = look(path);
      if (stats?.isFile()) return wanted === "directory" ? undefined : this.#file(path, stats, root);
      if (!stats?.isDirectory() || wanted === "file") return undefined;
      for (const name of this.#index) {
        const file = join(path, name);
        const found = look(file);
        if (found?.isFile()) return this.#file(file, found, root);
      }
      return undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #file(path: string, stats: Stats, root: RealDirectory): StoredFile | undefined {
    const known = this.#known.get(path);
    if (known !== undefined) {
      if (isSame(known.state, stats)) return known;
      this.#forget(path, known);
    }
    const real = realpathSync.native(path);
    if (!root.has(real) && !this.#safe.some((directory) => directory.has(real))) return undefined;
    const file = load(real);
    if (file !== undefined && Date.now() - file.state.ctimeMs > UNSETTLED) this.#keep(path, file);
    return file;
  }

  #keep(path: string, file: StoredFile): void {
    this.#known.set(path, file);
    this.#bytes += file.bytes?.length ?? 0;
    for (const [oldest, old] of this.#known) {
      if (this.#bytes <= MOST_BYTES && this.#known.size <= MOST_FILES) break;
      this.#forget(oldest, old);
    }
  }

  #forget(path: string, file: StoredFile): void {
    this.#known.delete(path);
    this.#bytes -= file.bytes?.length ?? 0;
  }
}

export function isSame(one: FileState, other: FileState): boolean {
  return (
    one.ctimeMs === other.ctimeMs &&
    one.mtimeMs === other.mtimeMs &&
    one.size === other.size &&
    one.ino === other.ino &&
    one.dev === other.dev
  );
}

/** Misses are the rule where the app answers most requests, and an error made for each would cost more than the look. */
function look(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function load(path: string): StoredFile | undefined {
  const opened = openFile(path);
  if (opened === undefined) return undefined;
  const { fd, state } = opened;
  try {
    const { size, mtimeMs } = state;
    return { path, size, modified: mtimeMs, bytes: size <= SMALL ? readWhole(fd, size) : undefined, state };
  } finally {
    closeSync(fd);
  }
}

/** undefined: it became shorter meanwhile. */
function readWhole(fd: number, size: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let filled = 0; filled < size; ) {
    const count = readSync(fd, bytes, filled, size - filled, filled);
    if (count === 0) return undefined;
    filled += count;
  }
  return bytes;
}
