import { ByteQueue } from "../cgi/byte-queue.ts";
import { Gathered } from "../cgi/gathered.ts";
import { contentLength } from "../cgi/variable-rules.ts";
import { UwsgiError } from "./error.ts";
import { decodeHeader, decodeVariables, HEADER_LENGTH, type PacketHeader } from "./packet.ts";

export { UwsgiError };

export type UwsgiEvent =
  /** `variables`: names and values in turn, latin1, in order. `length`: bytes of the body that follows, as CONTENT_LENGTH says; 0 without. */
  | { type: "packet"; modifier1: number; modifier2: number; variables: string[]; length: number }
  /** Bytes of the body: a view of a pushed chunk. */
  | { type: "data"; chunk: Buffer }
  /** The body is whole. */
  | { type: "end" }
  | { type: "need-data" }
  /** Nothing more will come: one request a connection. */
  | { type: "done" };

/**
 * Reads the one request of a uwsgi connection: a packet of variables, then the body as plain bytes.
 * Only modifier1 0, a WSGI request in uWSGI's table, is an HTTP request for an app.
 * https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
 */
export class UwsgiRequestDecoder {
  readonly #maxPacket: number;
  readonly #queue = new ByteQueue();
  readonly #gathered = new Gathered();
  #phase: Phase = "header";
  #header: PacketHeader = { modifier1: 0, size: 0, modifier2: 0 };
  /** Bytes of the body still to come. */
  #left = 0;
  #excess = 0;
  #error: UwsgiError | undefined;

  /** @param maxPacket the largest block of variables, in bytes (uWSGI's `buffer-size`). */
  constructor(maxPacket: number) {
    this.#maxPacket = maxPacket;
  }

  /** Bytes that came after the request; they are dropped, for nothing may. */
  get excess(): number {
    return this.#excess;
  }

  /** Copies what is left of the bytes pushed last: they may change from now on. */
  own(): void {
    this.#queue.own();
    this.#gathered.own();
  }

  push(chunk: Buffer): void {
    if (this.#phase === "done") this.#excess += chunk.length;
    else this.#queue.push(chunk);
  }

  /** @throws UwsgiError, the same one from then on, where the bytes are no request. */
  next(): UwsgiEvent {
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#step();
    } catch (error) {
      if (error instanceof UwsgiError) this.#error = error;
      throw error;
    }
  }

  #step(): UwsgiEvent {
    switch (this.#phase) {
      case "header":
        return this.#readHeader();
      case "variables":
        return this.#readVariables();
      case "body":
        return this.#readBody();
      case "done":
        return { type: "done" };
    }
  }

  #readHeader(): UwsgiEvent {
    if (!this.#gathered.fill(this.#queue, HEADER_LENGTH)) return NEED_DATA;
    this.#header = decodeHeader(this.#gathered.bytes);
    this.#gathered.clear();
    const { modifier1, size } = this.#header;
    if (modifier1 !== 0) throw new UwsgiError(400, `modifier1: expected 0: got ${modifier1}`);
    if (size === 0) throw new UwsgiError(400, "the packet is empty");
    if (size > this.#maxPacket) {
      throw new UwsgiError(431, `the packet has ${size} bytes: expected ${this.#maxPacket} or fewer`);
    }
    this.#phase = "variables";
    return this.#readVariables();
  }

  #readVariables(): UwsgiEvent {
    const { modifier1, modifier2, size } = this.#header;
    if (!this.#gathered.fill(this.#queue, size)) return NEED_DATA;
    const variables = decodeVariables(this.#gathered.bytes);
    this.#gathered.clear();
    const length = contentLength(variables, refuse) ?? 0;
    this.#left = length;
    this.#phase = "body";
    return { type: "packet", modifier1, modifier2, variables, length };
  }

  #readBody(): UwsgiEvent {
    if (this.#left === 0) {
      this.#phase = "done";
      this.#drain();
      return { type: "end" };
    }
    const chunk = this.#queue.take(this.#left);
    if (chunk === undefined) return NEED_DATA;
    this.#left -= chunk.length;
    return { type: "data", chunk };
  }

  #drain(): void {
    for (let chunk = this.#queue.take(Infinity); chunk !== undefined; chunk = this.#queue.take(Infinity)) {
      this.#excess += chunk.length;
    }
  }
}

type Phase = "header" | "variables" | "body" | "done";

const NEED_DATA: UwsgiEvent = { type: "need-data" };

function refuse(status: 400 | 413, problem: string): never {
  throw new UwsgiError(status, problem);
}
