import { closeSync, constants, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Memory rather than a disk, where the system has such a folder: it may hold cookies. */
const MEMORY = "/dev/shm";

/**
 * A file without a name, for processes that inherit it to share.
 * @param bytes what it holds at first
 * @returns its descriptor; undefined where there is no folder for it.
 */
export function sharedMemory(bytes: Buffer, temporary: string): number | undefined {
  for (const folder of [MEMORY, temporary]) {
    try {
      return unnamedFile(folder, bytes);
    } catch {
      // Not there, not writable or full: the next.
    }
  }
  return undefined;
}

function unnamedFile(folder: string, bytes: Buffer): number {
  const path = join(folder, `portico-${process.pid}-${process.hrtime.bigint()}`);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    unlinkSync(path);
    // Written and not only made longer: a full disk is to be noticed here, and not by who maps it (SIGBUS).
    writeSync(fd, bytes);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
