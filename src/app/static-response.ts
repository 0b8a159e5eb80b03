import { type ByteRange, byteRanges } from "./byte-ranges.ts";
import { type ConditionFields, isRangeOfThis, preconditionStatus } from "./conditions.ts";

/** What is known of a file that is to be sent. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** The media type. */
  readonly type: string;
  /** The content coding its bytes are in. */
  readonly coding: string | undefined;
  /** Whether another request might get it in another coding. */
  readonly varies: boolean;
  /** Seconds for which it is fresh. */
  readonly lifetime: number | undefined;
  /** What caches are told. */
  readonly cacheControl: string | undefined;
}

/** A response from a file: its head, and its body's parts in order, text or bytes of the file. */
export interface FileResponse {
  readonly status: number;
  readonly headers: string[];
  readonly parts: readonly (string | ByteRange)[];
}

/** Milliseconds: a file may change once more and keep time and size, so that its tag is weak so long (RFC 9110, section 8.8.1). */
const UNSETTLED = 1_000;

/**
 * Decides what a GET or HEAD gets of a file: 200, 206, 304, 412 or 416.
 * @param now milliseconds since 1970
 */
export function fileResponse(
  method: string,
  fields: ConditionFields,
  file: FileFacts,
  now: number,
): FileResponse {
  const { size, modified, type, coding } = file;
  const validators = { tag: entityTag(file, now), modified };
  const headers = ["last-modified", new Date(modified).toUTCString(), "etag", validators.tag];
  if (file.varies) headers.push("vary", "accept-encoding");
  if (file.lifetime !== undefined)
    headers.push("expires", new Date(now + file.lifetime * 1000).toUTCString());
  if (file.cacheControl !== undefined) headers.push("cache-control", file.cacheControl);
  const status = preconditionStatus(fields, validators);
  if (status === 304) return { status, headers, parts: [] };
  if (status === 412) return { status, headers: ["content-length", "0"], parts: [] };

  const { range } = fields;
  // Only GET has ranges (section 14.2).
  const isPart = range !== undefined && method === "GET" && isRangeOfThis(fields.ifRange, validators);
  const ranges = isPart ? byteRanges(range, size) : undefined;
  if (ranges?.length === 0)
    return { status: 416, headers: ["content-range", `bytes */${size}`, "content-length", "0"], parts: [] };
  headers.push("accept-ranges", "bytes");
  if (coding !== undefined) headers.push("content-encoding", coding);
  if (ranges !== undefined && ranges.length > 1) return multipart(headers, ranges, type, size);
  const part = ranges?.[0];
  headers.push("content-type", type);
  if (part === undefined) {
    headers.push("content-length", String(size));
    return { status: 200, headers, parts: size === 0 ? [] : [{ first: 0, last: size - 1 }] };
  }
  headers.push("content-range", contentRange(part, size), "content-length", String(lengthOf(part)));
  return { status: 206, headers, parts: [part] };
}

/** multipart/byteranges (RFC 9110, section 14.6), its length known. */
function multipart(
  headers: string[],
  ranges: readonly ByteRange[],
  type: string,
  size: number,
): FileResponse {
  // What is in the file cannot have been made to hold it.
  const boundary = crypto.randomUUID();
  const parts: (string | ByteRange)[] = [];
  let length = 0;
  for (const [at, range] of ranges.entries()) {
    const head =
      `${at === 0 ? "" : "\r\n"}--${boundary}\r\n` +
      `Content-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    parts.push(head, range);
    length += head.length + lengthOf(range);
  }
  const end = `\r\n--${boundary}--\r\n`;
  parts.push(end);
  length += end.length;
  headers.push("content-type", `multipart/byteranges; boundary=${boundary}`);
  headers.push("content-length", String(length));
  return { status: 206, headers, parts };
}

function contentRange({ first, last }: ByteRange, size: number): string {
  return `bytes ${first}-${last}/${size}`;
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1;
}

/** Unlike for two states of a file, and for its codings (section 8.8.3.3). */
function entityTag({ size, modified, coding }: FileFacts, now: number): string {
  const changed = Math.round(modified * 1000).toString(16);
  const weak = now - modified < UNSETTLED ? "W/" : "";
  return `${weak}"${size.toString(16)}-${changed}${coding === undefined ? "" : `-${coding}`}"`;
}
