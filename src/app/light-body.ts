import { types } from "node:util";

/** What `text` and its like resolve to, of bytes. */
export interface Conversions {
  readonly text: (bytes: Buffer) => string;
  readonly json: (bytes: Buffer) => unknown;
  readonly arrayBuffer: (bytes: Buffer) => ArrayBuffer;
  readonly bytes: (bytes: Buffer) => Uint8Array;
}

/** Body bytes as the methods of the body mixin give them (Fetch, section 5.3). */
export const conversions: Conversions = {
  text: decode,
  json: (bytes) => JSON.parse(decode(bytes)),
  arrayBuffer: (bytes) => copyOf(bytes).buffer,
  bytes: copyOf,
};

/** A string as if it had been encoded, and decoded without its byte order mark (Encoding, "UTF-8 decode"). */
export function decodedText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.charCodeAt(0) === 0xfeff ? wellFormed.slice(1) : wellFormed;
}

/** A copy of the bytes of a Uint8Array or ArrayBuffer; undefined: something else, or memory of an odd kind. */
export function copiedBytes(body: unknown): Buffer | undefined {
  let view: Uint8Array;
  if (types.isUint8Array(body)) view = body;
  else if (types.isArrayBuffer(body)) view = new Uint8Array(body);
  else return undefined;
  const { buffer } = view;
  // Without bytes it may be detached.
  if (view.length === 0 || !types.isArrayBuffer(buffer) || buffer.resizable) return undefined;
  return Buffer.from(view);
}

export function readBefore(): TypeError {
  return new TypeError("Body is unusable: Body has already been read");
}

function decode(bytes: Buffer): string {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return bytes.toString("utf8", hasMark ? 3 : 0);
}

function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
