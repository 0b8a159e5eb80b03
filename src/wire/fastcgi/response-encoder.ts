import { HEADER_LENGTH, REQUEST_COMPLETE, STDERR, STDOUT, VERSION } from "./constants.ts";
import { encodeRecord, writeHeader } from "./record.ts";
import { endRequest } from "./replies.ts";

/**
 * The head of a response: the header fields of CGI with a Status (RFC 3875, section 6.3.3), to be sent
 * at the front of STDOUT. One latin1 character a byte.
 * @param fields field lines, each with its CRLF.
 */
export function encodeHead(status: number, reason: string, fields: string): string {
  return `Status: ${status} ${reason}\r\n${fields}\r\n`;
}

/**
 * A whole response that fits into one record: STDOUT, its end and that of the request (sections 5.3, 5.5), as
 * latin1 text like `content`, which is head and body, LARGEST_CONTENT or less.
 */
export function encodeWhole(requestId: number, content: string): string {
  const { length } = content;
  const header = String.fromCharCode(
    VERSION,
    STDOUT,
    requestId >> 8,
    requestId & 0xff,
    length >> 8,
    length & 0xff,
    0,
    0,
  );
  return header + content + endText(requestId);
}

/** Web servers number the one request of a connection alike every time. */
let lastEnd = { requestId: -1, text: "" };

function endText(requestId: number): string {
  if (lastEnd.requestId !== requestId)
    lastEnd = { requestId, text: encodeEnd(requestId, 0, REQUEST_COMPLETE).toString("latin1") };
  return lastEnd.text;
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
  for (let at = 0; at < bytes.length; at += LARGEST_CONTENT) {
    const content = bytes.subarray(at, at + LARGEST_CONTENT);
    const header = Buffer.allocUnsafe(HEADER_LENGTH);
    writeHeader(header, 0, type, requestId, content.length);
    records.push(header, content);
  }
  return records;
}

/** Bytes: the most that fits into a record and keeps the next one on an 8-byte boundary (section 3.3). */
export const LARGEST_CONTENT = 65_528;
/** Bytes: up to here a copy behind the header is cheaper than a second buffer to write. */
const COPIED = 2_048;
const NOTHING = new Uint8Array(0);
