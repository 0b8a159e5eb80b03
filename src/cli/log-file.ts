import { mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** Opens a log for appending, with its directory. @returns the descriptor */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  // Not for everybody to read: request lines hold what people searched for.
  return openSync(file, "a", 0o640);
}
