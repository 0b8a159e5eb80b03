import { ByteQueue } from "../cgi/byte-queue.ts";
import { Gathered } from "../cgi/gathered.ts";
import { readResponseHead, UwsgiResponseError, type UwsgiResponseHead } from "./response-head.ts";

export { UwsgiResponseError };

export type UwsgiResponseEvent =
  | { type: "head"; head: UwsgiResponseHead }
  /** All of the response, where it came in one chunk and tells its length. `body`: a view of the chunk. */
  | { type: "whole"; head: UwsgiResponseHead; body: Buffer }
  /** Bytes of the body: a view of a pushed chunk. */
  | { type: "data"; chunk: Buffer }
  /** The body is whole, as far as can be told. */
  | { type: "end" }
  | { type: "need-data" }
  /** Nothing more will come: one response a connection. */
  | { type: "done" };

/** The largest head of a response, in bytes, with the empty line that ends it. */
export const MAX_RESPONSE_HEAD = 64 * 1024;

/**
 * Reads the one response of a uwsgi connection: a status line and fields as in HTTP/1.1 (RFC 9112,
 * sections 4 and 5), then the body, as long as Content-Length says or to the end of the connection.
 * Strict: CRLF only, no folded lines, no interim responses. A body without Content-Length that is cut
 * off cannot be told from a whole one: the protocol has nothing that says so.
 */
export class UwsgiResponseDecoder {
  /** Whether any byte has come. */
  begun = false;
  readonly #toHead: boolean;
  readonly #head = new Gathered();
  #queue = new ByteQueue();
  #phase: "head" | "body" | "done" = "head";
  /** Bytes of the body still to come; Infinity without Content-Length. */
  #left = Number.POSITIVE_INFINITY;
  #ended = false;

  /** @param method of the request: a response to HEAD has no body. */
  constructor(method: string) {
    this.#toHead = method === "HEAD";
  }

  /** Whether the last byte of the response was taken. */
  get whole(): boolean {
    return this.#phase === "done";
  }

  /** What comes after the response is dropped. */
  push(chunk: Buffer): void {
    this.begun = true;
    if (this.#phase !== "done") this.#queue.push(chunk);
  }

  /** What was pushed is about to hold something else. To be called when `next` has no more of it to tell. */
  own(): void {
    this.#head.own();
  }

  /** The server has ended the connection: no more will be pushed. */
  finish(): void {
    this.#ended = true;
  }

  /** @throws UwsgiResponseError where the bytes are no response, or end before it is whole. */
  next(): UwsgiResponseEvent {
    switch (this.#phase) {
      case "head":
        return this.#readHead();
      case "body":
        return this.#readBody();
      case "done":
        return { type: "done" };
    }
  }

  #readHead(): UwsgiResponseEvent {
    const gathered = this.#head;
    for (let piece = this.#queue.take(Infinity); piece !== undefined; piece = this.#queue.take(Infinity)) {
      const searched = Math.max(0, gathered.length - HEAD_END.length + 1);
      gathered.append(piece);
      const { bytes } = gathered;
      const found = bytes.indexOf(HEAD_END, searched);
      const end = found < 0 ? bytes.length : found + HEAD_END.length;
      if (end > MAX_RESPONSE_HEAD)
        throw new UwsgiResponseError(`the head has more than ${MAX_RESPONSE_HEAD} bytes`);
      if (found < 0) continue;
      gathered.clear();
      return this.#begin(readResponseHead(bytes.toString("latin1", 0, end)), bytes, end);
    }
    if (this.#ended)
      throw new UwsgiResponseError(`the connection ended after ${gathered.length} bytes of the head`);
    return NEED_DATA;
  }

  /** @param bytes the head, and from `end` on what of the body came with it. */
  #begin(head: UwsgiResponseHead, bytes: Buffer, end: number): UwsgiResponseEvent {
    // RFC 9110, section 6.4.1: whatever their Content-Length says.
    if (this.#toHead || head.status === 204 || head.status === 304) this.#left = 0;
    else if (head.length !== undefined) this.#left = head.length;
    if (this.#left <= bytes.length - end) {
      const body = bytes.subarray(end, end + this.#left);
      this.#end();
      return { type: "whole", head, body };
    }
    this.#phase = "body";
    this.#putBack(bytes.subarray(end));
    return { type: "head", head };
  }

  /** What was taken beyond the head is the first of the body. */
  #putBack(bytes: Buffer): void {
    const later = this.#queue;
    this.#queue = new ByteQueue();
    this.#queue.push(bytes);
    for (let piece = later.take(Infinity); piece !== undefined; piece = later.take(Infinity))
      this.#queue.push(piece);
  }

  #readBody(): UwsgiResponseEvent {
    if (this.#left === 0) return this.#end();
    const chunk = this.#queue.take(this.#left);
    if (chunk !== undefined) {
      this.#left -= chunk.length;
      return { type: "data", chunk };
    }
    if (!this.#ended) return NEED_DATA;
    if (this.#left === Infinity) return this.#end();
    throw new UwsgiResponseError(`the connection ended ${this.#left} bytes before the Content-Length`);
  }

  #end(): UwsgiResponseEvent {
    this.#phase = "done";
    this.#queue = new ByteQueue();
    return { type: "end" };
  }
}

const HEAD_END = Buffer.from("\r\n\r\n");
const NEED_DATA: UwsgiResponseEvent = { type: "need-data" };
