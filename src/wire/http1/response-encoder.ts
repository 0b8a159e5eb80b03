import { assertSendable, assertSendableReason } from "./header-safety.ts";
import { reasonPhrase } from "./reason-phrases.ts";

/** How the end of a response body is told (RFC 9112, section 6.3): not at all, by length, by chunks, by closing. */
export type BodyFraming = "none" | "length" | "chunked" | "close";

/** Ends the data of a chunk (RFC 9112, section 7.1). */
export const CHUNK_END = "\r\n";
/** Ends a chunked body, without trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

/**
 * The head of a final response with the empty line that ends it, to be written as latin1 (RFC 9112,
 * sections 4 and 5). `reason` undefined: the standard phrase. `fields`: as `fieldLines` makes them.
 * @throws TypeError for a status outside 200–999, and for a reason that could not be sent safely
 */
export function encodeHead(status: number, reason: string | undefined, fields: string): string {
  if (!isWholeWithin(status, 200, 999)) throw badStatus(status, "a whole number from 200 to 999");
  if (reason === undefined) return `${statusLine(status)}${fields}\r\n`;
  assertSendableReason(reason);
  return `HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n`;
}

/**
 * Names and values in turn as field lines, each with its CRLF (RFC 9112, section 5).
 * @throws TypeError for a name or value that could not be sent safely
 */
export function fieldLines(headers: readonly string[]): string {
  assertSendable(headers);
  let lines = "";
  for (let at = 0; at < headers.length; at += 2) lines += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return lines;
}

/**
 * An interim response, which another one follows (RFC 9110, section 15.2). Not 101: after that one no HTTP follows.
 * @throws TypeError for another status, and for a name or value that could not be sent safely
 */
export function encodeInformational(status: number, headers: readonly string[]): string {
  if (!isWholeWithin(status, 100, 199) || status === 101) {
    throw badStatus(status, "a whole number from 100 to 199, but 101");
  }
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${fieldLines(headers)}\r\n`;
}

/**
 * The line before `size` bytes of data, which `CHUNK_END` has to follow.
 * @throws RangeError for no bytes: such a chunk would be the last
 */
export function encodeChunkHead(size: number): string {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot send a chunk: expected a size of 1 or more bytes: got ${size}`);
  }
  return `${size.toString(16)}\r\n`;
}

/** By status; each is made when it is first sent. */
const statusLines: string[] = [];

function statusLine(status: number): string {
  statusLines[status] ??= `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n`;
  return statusLines[status];
}

function isWholeWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function badStatus(status: number, wanted: string): TypeError {
  return new TypeError(`Cannot send status ${String(status)}: expected ${wanted}`);
}
