import { MAX_RESPONSE_HEAD, UwsgiResponseError } from "./response-decoder.ts";

/** What a frame says beside what it carries (docs/adr/0023). */
export const FRAME = {
  /** The response is whole. */
  end: 1,
  /** Nothing of a response: a worker's thread takes requests; the number is its process's. */
  joined: 2,
  /** Nothing of a response: the request of that number is to come over this connection. */
  claim: 4,
  /** The response is not whole and never will be. */
  cut: 8,
} as const;

export interface Frame {
  /** Bits of FRAME. Of a frame that comes in pieces all but the last piece have none. */
  readonly flags: number;
  /** Of the request. */
  readonly number: number;
  /** With the empty line that ends it, latin1; "" where there is none. */
  readonly head: string;
  /** A view of the chunk that was pushed. */
  readonly body: Buffer;
}

/**
 * Three numbers of 32 bits, little endian: flags and, in the lower 24 bits, bytes of the head; bytes of the body;
 * the number.
 */
const HEADER_LENGTH = 12;
const NONE = Buffer.alloc(0);

/** Reads the frames of a connection that a Python worker keeps (python/portico_worker/kept.py writes them). */
export class FrameDecoder {
  /** What came of a frame whose head is not whole: a header and MAX_RESPONSE_HEAD at the most. */
  #begun: Buffer = NONE;
  #chunk: Buffer = NONE;
  #at = 0;
  /** Bytes of a frame's body still to come, and what else it says. */
  #left = 0;
  #flags = 0;
  #number = 0;

  /** To be called when `next` has no more to tell of the chunk before. */
  push(chunk: Buffer): void {
    this.#chunk = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = NONE;
    this.#at = 0;
  }

  /** undefined: more bytes are needed, and the chunk's memory is no longer. @throws UwsgiResponseError */
  next(): Frame | undefined {
    const chunk = this.#chunk;
    const from = this.#at;
    if (from === chunk.length) {
      this.#chunk = NONE;
      this.#at = 0;
      return undefined;
    }
    if (this.#left > 0) return this.#take("", from);
    const bodyAt = from + HEADER_LENGTH;
    if (bodyAt > chunk.length) return this.#keep(from);
    const headLength = chunk[from]! | (chunk[from + 1]! << 8) | (chunk[from + 2]! << 16);
    if (headLength > MAX_RESPONSE_HEAD)
      throw new UwsgiResponseError(`the head has more than ${MAX_RESPONSE_HEAD} bytes`);
    if (bodyAt + headLength > chunk.length) return this.#keep(from);
    this.#flags = chunk[from + 3]!;
    this.#left = chunk.readUInt32LE(from + 4);
    this.#number = chunk.readUInt32LE(from + 8);
    const head = headLength === 0 ? "" : chunk.toString("latin1", bodyAt, bodyAt + headLength);
    return this.#take(head, bodyAt + headLength);
  }

  #take(head: string, from: number): Frame {
    const to = Math.min(from + this.#left, this.#chunk.length);
    this.#at = to;
    this.#left -= to - from;
    const body = to === from ? NONE : this.#chunk.subarray(from, to);
    return { flags: this.#left === 0 ? this.#flags : 0, number: this.#number, head, body };
  }

  #keep(from: number): undefined {
    // A copy: what was pushed is about to hold something else.
    this.#begun = Buffer.from(this.#chunk.subarray(from));
    this.#chunk = NONE;
    this.#at = 0;
    return undefined;
  }
}
