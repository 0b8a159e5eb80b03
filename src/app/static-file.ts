import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { isAbsent } from "./static-path.ts";

/** A regular file, open for reading. Whoever has it closes it. */
export interface OpenFile {
  readonly fd: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970, with their fraction. */
  readonly modified: number;
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
    const stats = fstatSync(fd);
    if (stats.isFile()) return { fd, size: stats.size, modified: stats.mtimeMs };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}
