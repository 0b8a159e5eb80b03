import { isAscii } from "node:buffer";

/** Bytes of a body that leave as text, in one piece with their head, where they are ASCII. */
const AS_TEXT = 16 * 1024;

/** A body out of memory that will hold something else. */
export function keptBody(body: Buffer): string | Buffer {
  return body.length <= AS_TEXT && isAscii(body) ? body.toString("latin1") : Buffer.from(body);
}
