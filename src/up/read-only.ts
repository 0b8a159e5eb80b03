import { accessSync, constants } from "node:fs";

/** Whether a directory is on a read-only file system: what it holds is as it is. */
export function isReadOnly(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return false;
  } catch (error) {
    // Rights that are missing are the installer's to tell: it says what it wanted to write.
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}
