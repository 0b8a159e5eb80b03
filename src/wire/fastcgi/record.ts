import { HEADER_LENGTH, VERSION } from "./constants.ts";

/** The header that every record begins with (FastCGI 1.0, section 3.3). */
export interface RecordHeader {
  readonly version: number;
  readonly type: number;
  /** 0 in a management record. */
  readonly requestId: number;
  /** Bytes, 0 to 65,535. */
  readonly contentLength: number;
  /** Bytes after the content that mean nothing, 0 to 255. */
  readonly paddingLength: number;
}

/** @param bytes HEADER_LENGTH of them, or more, from `at` on. */
export function decodeHeader(bytes: Buffer, at: number): RecordHeader {
  return {
    version: bytes[at]!,
    type: bytes[at + 1]!,
    requestId: (bytes[at + 2]! << 8) | bytes[at + 3]!,
    contentLength: (bytes[at + 4]! << 8) | bytes[at + 5]!,
    paddingLength: bytes[at + 6]!,
  };
}

/**
 * Writes a header without padding into `into` at `at`. Padding would only serve a reader that casts
 * structures in place (section 3.3).
 * @returns the offset after it.
 */
export function writeHeader(
  into: Buffer,
  at: number,
  type: number,
  requestId: number,
  contentLength: number,
): number {
  into[at] = VERSION;
  into[at + 1] = type;
  into.writeUInt16BE(requestId, at + 2);
  into.writeUInt16BE(contentLength, at + 4);
  into[at + 6] = 0;
  into[at + 7] = 0;
  return at + HEADER_LENGTH;
}

/** A whole record in one buffer; for content that is short. */
export function encodeRecord(type: number, requestId: number, content: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(HEADER_LENGTH + content.length);
  record.set(content, writeHeader(record, 0, type, requestId, content.length));
  return record;
}
