import { CR, LF } from "./byte-class.ts";
import { ChunkLine } from "./chunk-line.ts";
import { HeadScanner } from "./head-scanner.ts";
import { DEFAULT_HTTP1_LIMITS, type Http1Limits } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";
import { RememberedHead } from "./remembered-head.ts";
import { Http1RequestHead } from "./request-head.ts";
import { SplitHead } from "./split-head.ts";
import { checkTrailers } from "./trailers.ts";
import { UnreadBytes } from "./unread-bytes.ts";

export type { Framing } from "./framing.ts";
export type { Http1RequestHead } from "./request-head.ts";

/** A request is `head`, any number of `data`, `end`. */
export type Http1Event =
  | { type: "head"; head: Http1RequestHead }
  /** Bytes of the body: part of a chunk that was pushed, not a copy. */
  | { type: "data"; chunk: Buffer }
  | { type: "end" }
  /** Nothing more before the next push. */
  | { type: "need-data" }
  /** Nothing more before `startNext`. */
  | { type: "paused" };

const END: Http1Event = { type: "end" };
const NEED_DATA: Http1Event = { type: "need-data" };
const PAUSED: Http1Event = { type: "paused" };

/** What the next byte belongs to. */
type Phase =
  | "empty-lines"
  | "head"
  | "length-data"
  | "chunk-line"
  | "chunk-data"
  | "trailers"
  | "end"
  | "between";

/** Section 2.2 asks for one at least; old clients send one after a form. */
const MOST_EMPTY_LINES = 4;

/** Requests off one connection, as events: bytes are pushed in, events pulled out (RFC 9112). */
export class Http1RequestDecoder {
  readonly #unread = new UnreadBytes();
  readonly #split = new SplitHead();
  readonly #scanner: HeadScanner;
  readonly #remembered = new RememberedHead();
  readonly #chunkLine: ChunkLine;
  #phase: Phase = "empty-lines";
  #emptyLines = 0;
  #emptyLineCr = false;
  /** Bytes of the body, or of the chunk, still to come. */
  #remaining = 0;
  #failure: unknown;

  constructor(limits: Http1Limits = DEFAULT_HTTP1_LIMITS) {
    this.#scanner = new HeadScanner(limits);
    this.#chunkLine = new ChunkLine(limits.chunkLine);
  }

  /** Adds bytes off the connection, which have to stay as they are, or be owned: data events are parts of them. */
  push(chunk: Buffer): void {
    this.#unread.push(chunk);
  }

  /** Copies what is left of the bytes pushed last: they may change from now on. */
  own(): void {
    this.#unread.own();
  }

  /** The next event. @throws ProtocolError, and the same one again on every later call */
  next(): Http1Event {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#advance();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Lets the request after the one that has ended be read. @throws Error when none has ended */
  startNext(): void {
    if (this.#phase !== "between") {
      throw new Error(
        `Cannot start the next request: expected the last one to have ended: got ${this.#phase}`,
      );
    }
    this.#emptyLines = 0;
    this.#emptyLineCr = false;
    this.#phase = "empty-lines";
  }

  /** Takes the bytes that no event has told, for what an upgraded connection goes on with; no events come after it. */
  takeRest(): Buffer {
    const head = this.#split.take();
    const rest = this.#unread.takeAll();
    this.#phase = "between";
    return head.length === 0 ? rest : Buffer.concat([head, rest]);
  }

  /** Bytes held that no event has told yet. */
  get buffered(): number {
    return this.#split.length + this.#unread.length;
  }

  /** As of the last `next`: some bytes of a head have arrived, not the whole. Empty lines before it don't count. */
  get midHead(): boolean {
    return this.#phase === "head";
  }

  #advance(): Http1Event {
    for (;;) {
      switch (this.#phase) {
        case "end":
          this.#phase = "between";
          return END;
        case "between":
          return PAUSED;
      }
      if (!this.#unread.ready()) return NEED_DATA;
      switch (this.#phase) {
        case "empty-lines":
          this.#skipEmptyLine();
          break;
        case "head": {
          const head = this.#readHead();
          if (head !== undefined) return { type: "head", head };
          break;
        }
        case "length-data":
        case "chunk-data":
          return { type: "data", chunk: this.#takeData() };
        case "chunk-line":
          this.#readChunkLine();
          break;
        case "trailers":
          this.#readTrailers();
          break;
      }
    }
  }

  /** One byte of CRLF, or the first of a request line (RFC 9112, section 2.2). */
  #skipEmptyLine(): void {
    const unread = this.#unread;
    const byte = unread.chunk[unread.at]!;
    if (this.#emptyLineCr) {
      if (byte !== LF) throw emptyLineRefusal("LF after CR");
      if (++this.#emptyLines > MOST_EMPTY_LINES) throw emptyLineRefusal(`at most ${MOST_EMPTY_LINES}`);
      this.#emptyLineCr = false;
      unread.at++;
    } else if (byte === CR) {
      this.#emptyLineCr = true;
      unread.at++;
    } else {
      this.#scanner.startHead();
      this.#phase = "head";
    }
  }

  #readHead(): Http1RequestHead | undefined {
    const { chunk, at } = this.#unread;
    const scanner = this.#scanner;
    const { length: before } = this.#split;
    const known = before === 0 ? this.#remembered.recall(chunk, at, scanner) : undefined;
    if (known !== undefined) {
      this.#unread.at = at + known.text.length;
      this.#startBody(known);
      return known;
    }
    const end = scanner.scan(chunk, at + scanner.length - before, chunk.length);
    this.#unread.at = end;
    if (!scanner.done) {
      this.#split.add(chunk, at, end);
      return undefined;
    }
    const head = this.#makeHead(chunk, at, end);
    this.#remembered.keep(head);
    this.#startBody(head);
    return head;
  }

  #makeHead(chunk: Buffer, from: number, to: number): Http1RequestHead {
    const scanner = this.#scanner;
    if (this.#split.length === 0)
      return new Http1RequestHead(chunk.toString("latin1", from, to), chunk, from, scanner);
    this.#split.add(chunk, from, to);
    const bytes = this.#split.take();
    return new Http1RequestHead(bytes.toString("latin1"), bytes, 0, scanner);
  }

  #trailerText(chunk: Buffer, from: number, to: number): string {
    if (this.#split.length === 0) return chunk.toString("latin1", from, to);
    this.#split.add(chunk, from, to);
    return this.#split.take().toString("latin1");
  }

  #startBody({ framing }: Http1RequestHead): void {
    if (framing.kind === "chunked") {
      this.#chunkLine.startFirst();
      this.#phase = "chunk-line";
    } else if (framing.kind === "length" && framing.length > 0) {
      this.#remaining = framing.length;
      this.#phase = "length-data";
    } else {
      this.#phase = "end";
    }
  }

  #takeData(): Buffer {
    const data = this.#unread.take(this.#remaining);
    this.#remaining -= data.length;
    if (this.#remaining === 0) {
      if (this.#phase === "length-data") {
        this.#phase = "end";
      } else {
        this.#chunkLine.startNext();
        this.#phase = "chunk-line";
      }
    }
    return data;
  }

  #readChunkLine(): void {
    const unread = this.#unread;
    const line = this.#chunkLine;
    unread.at = line.scan(unread.chunk, unread.at, unread.chunk.length);
    if (!line.done) return;
    if (line.size > 0) {
      this.#remaining = line.size;
      this.#phase = "chunk-data";
    } else {
      this.#scanner.startTrailers();
      this.#phase = "trailers";
    }
  }

  /** Trailers are checked and dropped (RFC 9110, section 6.5.1). */
  #readTrailers(): void {
    const { chunk, at } = this.#unread;
    const scanner = this.#scanner;
    const end = scanner.scan(chunk, at, chunk.length);
    this.#unread.at = end;
    if (!scanner.done) {
      this.#split.add(chunk, at, end);
      return;
    }
    checkTrailers(this.#trailerText(chunk, at, end), scanner);
    this.#phase = "end";
  }
}

function emptyLineRefusal(wanted: string): ProtocolError {
  const message = `Cannot read the empty lines before a request line: expected ${wanted}: got more`;
  return new ProtocolError(400, "RFC 9112, section 2.2", message);
}
