import { HEADER_LENGTH, STDERR, STDOUT } from "./constants.ts";
import { encodeRecord, writeHeader } from "./record.ts";
import { endRequest } from "./replies.ts";

/**
 * The head of a response: the header fields of CGI with a Status (RFC 3875, section 6.3.3), to be sent
 * at the front of STDOUT. One latin1 character a byte.
 * @param headers names and values in turn; the caller has seen to it that none breaks the line.
 */
export function encodeHead(status: number, reason: string, headers: readonly string[]): string {
  let head = `Status: ${status} ${reason}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}

/**
 * Bytes of the response as STDOUT records (FastCGI 1.0, section 5.3), to be written one after another.
 * None for an empty chunk: an empty record would end the stream. Views of `chunk` are among the buffers
 * returned, so it may not change until they are written.
 */
export function encodeStdout(requestId: number, chunk: Uint8Array): Buffer[] {
  return encodeStream(STDOUT, requestId, chunk);
}

/** Text for the web server's error log as STDERR records (section 5.3); as `encodeStdout`. */
export function encodeStderr(requestId: number, chunk: Uint8Array): Buffer[] {
  return encodeStream(STDERR, requestId, chunk);
}

/**
 * Ends STDOUT, and STDERR where it was used, and the request (sections 5.3, 5.5).
 * @param appStatus what a CGI program would have exited with.
 * @param protocolStatus a constant: REQUEST_COMPLETE or OVERLOADED.
 */
export function encodeEnd(
  requestId: number,
  appStatus: number,
  protocolStatus: number,
  stderrUsed = false,
): Buffer {
  const ends = stderrUsed ? [STDOUT, STDERR] : [STDOUT];
  return Buffer.concat([
    ...ends.map((type) => encodeRecord(type, requestId, NOTHING)),
    endRequest(requestId, appStatus, protocolStatus),
  ]);
}

/**
 * What no web server takes for the end of a response: a record of version 0. FastCGI has no word for a
 * response that is cut off, and a connection that just closes will not do: NGINX (1.22) takes that for a
 * proper end where it does not buffer, with a Content-Length that was not reached too.
 */
export const BROKEN_RECORD: Buffer = Buffer.alloc(HEADER_LENGTH);

function encodeStream(type: number, requestId: number, chunk: Uint8Array): Buffer[] {
  if (chunk.length === 0) return [];
  if (chunk.length <= COPIED) return [encodeRecord(type, requestId, chunk)];
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += LARGEST) {
    const content = bytes.subarray(at, at + LARGEST);
    const header = Buffer.allocUnsafe(HEADER_LENGTH);
    writeHeader(header, 0, type, requestId, content.length);
    records.push(header, content);
  }
  return records;
}

/** Bytes: the most that fits into a record and keeps the next one on an 8-byte boundary (section 3.3). */
const LARGEST = 65_528;
/** Bytes: up to here a copy behind the header is cheaper than a second buffer to write. */
const COPIED = 2_048;
const NOTHING = new Uint8Array(0);
