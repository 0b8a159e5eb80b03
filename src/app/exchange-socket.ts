import type { IncomingMessage, ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { declaredLength } from "./content-length.ts";
import type { Exchange } from "./exchange.ts";
import { abortMessage } from "./incoming-message.ts";
import { LateDuplex } from "./late-duplex.ts";
import { emitClose, emitDrain } from "./node-internals.ts";
import { parseResponseHead } from "./response-head.ts";
import type { StoredHead } from "./stored-head.ts";

type WriteCallback = (error?: Error | null) => void;

/**
 * What a node app sees as its request's socket. A ServerResponse writes HTTP/1.1 to it: 1xx heads,
 * one head, then, since nothing frames it here, the body as it is. They become calls of the exchange,
 * whose gateway frames them for its wire. Nothing is ever read from it: the request's body comes
 * through the IncomingMessage alone.
 */
export class ExchangeSocket extends LateDuplex {
  readonly connecting = false;
  /** The request and response that it carries, told when it times out. */
  incoming: IncomingMessage | undefined;
  outgoing: ServerResponse | undefined;
  /** As of a net.Socket under node's server: the response that may write. */
  _httpMessage: ServerResponse | null = null;
  /** The head that leaves with the first of the body. */
  head: StoredHead | undefined;
  /** Why the response could not be sent; the exchange is the gateway's again. */
  failure: Error | undefined;
  timeout = 0;
  bytesWritten = 0;
  readonly #exchange: Exchange;
  #onDone: (() => void) | undefined;
  #isDone = false;
  /** The exchange's end, told at once, is no news. */
  #isCompleting = false;
  /** Whether the response hears of "drain". */
  #tellsDrain = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange) {
    super();
    this.#exchange = exchange;
    exchange.onClose(() => {
      if (!this.#isDone && !this.#isCompleting) this.giveBack();
    });
  }

  get remoteAddress(): string | undefined {
    return this.#exchange.request.remoteAddress || undefined;
  }
  get remotePort(): number | undefined {
    return this.#exchange.request.remotePort || undefined;
  }
  get remoteFamily(): string | undefined {
    return this.remoteAddress && (isIPv6(this.remoteAddress) ? "IPv6" : "IPv4");
  }
  /** As of a TLS socket: what Express and others tell https by. */
  get encrypted(): true | undefined {
    return this.#exchange.request.scheme === "https" || undefined;
  }
  /** Whether the response is complete, or will never be. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Resolves when the response is complete or the exchange over; rejects with `failure`. */
  whenDone(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => (this.failure === undefined ? resolve() : reject(this.failure));
      if (this.#isDone) settle();
      else this.#onDone = settle;
    });
  }

  /** The response is whole: ends the exchange. */
  complete(): void {
    if (this.#isDone) return;
    const exchange = this.#exchange;
    this.#isCompleting = true;
    try {
      if (this.head !== undefined && !exchange.started) this.#bodiless(this.head);
      else if (!exchange.ended) exchange.end();
    } catch (error) {
      this.#fail(error as Error);
      this.destroy(this.failure);
    }
    this.#isCompleting = false;
    this.#done();
  }

  /**
   * Answers with the head and this body, and ends, where that is all: the head is still here, nothing
   * waits before, and the body is as long as the head says.
   */
  respondWith(body: string | Uint8Array, encoding: BufferEncoding): boolean {
    if (this.head === undefined || this.#isDone || !this.writable || this.writableLength > 0) return false;
    try {
      return this.#sendWhole(this.head, body, encoding);
    } catch {
      // Nothing was sent. It comes again by `_write`, which has somebody to tell.
      return false;
    }
  }

  /** Leaves the exchange to the gateway: it is over, or the app failed and the gateway may answer for it. */
  giveBack(): void {
    this.#done();
    this.destroy();
  }

  override _read(): void {}

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, callback: WriteCallback): void {
    const exchange = this.#exchange;
    this.#timer?.refresh();
    let bytes: Uint8Array | undefined;
    try {
      if (exchange.started) bytes = bytesOf(chunk, encoding);
      else if (this.head !== undefined) bytes = this.#sendHead(this.head, chunk, encoding);
      else if (typeof chunk === "string") bytes = this.#takeHeads(chunk, encoding);
      else bytes = this.#takeHeads(Buffer.from(chunk).toString("latin1"), "latin1");
    } catch (error) {
      this.#fail(error as Error);
      callback(this.failure);
      return;
    }
    this.bytesWritten += bytes?.length ?? 0;
    if (bytes === undefined || bytes.length === 0 || exchange.write(bytes)) callback();
    else exchange.drained(callback);
  }

  override write(chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean {
    this.make();
    const isRoom = super.write(chunk, encoding as BufferEncoding, callback as WriteCallback);
    if (!isRoom && !this.#tellsDrain) {
      this.#tellsDrain = true;
      this.on("drain", onDrain);
    }
    return isRoom;
  }

  override _final(callback: WriteCallback): void {
    // Ended by itself, without a response that says so: the app hangs up.
    if (!this.#isDone) this.destroy();
    callback();
  }

  override _destroy(error: Error | null, callback: WriteCallback): void {
    if (!this.#isDone) {
      this.#done();
      if (!this.#exchange.ended) this.#exchange.abort(error ?? undefined);
    }
    // Before the app's listeners for "close", and the request first, as in node's server.
    if (this.incoming !== undefined) process.nextTick(tellClosed, this.incoming, this.outgoing);
    // As in node's server, where the socket always has somebody who listens for its errors.
    callback(this.listenerCount("error") > 0 ? error : null);
  }

  /** Sends the heads that `chunk` starts with; what follows them is body, and returned where it has still to be sent. */
  #takeHeads(chunk: string, encoding: BufferEncoding): Uint8Array | undefined {
    let text = chunk;
    while (text !== "") {
      const head = parseResponseHead(text, encoding);
      if (head === undefined) throw new TypeError("Cannot send a response: its body came before its head.");
      const { status, reason, headers, end } = head;
      if (status >= 200) {
        const head = { status, reason, headers, length: declaredLength(headers) };
        return this.#sendHead(head, text.slice(end), encoding);
      }
      if (status === 101) throw new TypeError("Cannot answer 101: this request is no upgrade.");
      this.#exchange.inform(status, headers);
      text = text.slice(end);
    }
    return undefined;
  }

  /** Sends a head, and the body with it where the chunk is all of that; else returns what has still to be sent. */
  #sendHead(head: StoredHead, chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array | undefined {
    if (this.#sendWhole(head, chunk, encoding)) return undefined;
    this.#exchange.respond(head.status, head.reason, head.headers);
    return bytesOf(chunk, encoding);
  }

  /** What `response.end(text)` leads to: the length says that this was all. */
  #sendWhole(head: StoredHead, chunk: Uint8Array | string, encoding: BufferEncoding): boolean {
    const length = typeof chunk === "string" ? Buffer.byteLength(chunk, encoding) : chunk.length;
    if (length !== head.length) return false;
    const isReady = typeof chunk !== "string" || encoding === "utf8" || encoding === "utf-8";
    this.#isCompleting = true;
    try {
      this.#exchange.respondWith(
        head.status,
        head.reason,
        head.headers,
        isReady ? chunk : Buffer.from(chunk, encoding),
      );
    } finally {
      this.#isCompleting = false;
    }
    this.bytesWritten += length;
    this.#done();
    return true;
  }

  /** A head that nothing has followed: to HEAD, with 204 or 304, or with a body of no bytes. */
  #bodiless({ status, reason, headers, length }: StoredHead): void {
    if (length === 0) {
      this.#exchange.respondWith(status, reason, headers, undefined);
    } else {
      this.#exchange.respond(status, reason, headers);
      this.#exchange.end();
    }
  }

  #fail(error: Error): void {
    this.failure = error;
    this.#done();
  }

  #done(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#onDone?.();
  }

  /** Idle time in milliseconds, after which request and response are told, or the socket closed; 0: none. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (milliseconds > 0 && !this.#isDone) {
      this.#timer = setTimeout(() => this.#timedOut(), milliseconds).unref();
      if (callback) this.once("timeout", callback);
    } else if (callback) {
      this.removeListener("timeout", callback);
    }
    return this;
  }

  #timedOut(): void {
    this.emit("timeout");
    const requestTold = this.incoming?.complete === false && this.incoming.emit("timeout", this);
    const responseTold = this.outgoing?.emit("timeout", this) ?? false;
    if (!requestTold && !responseTold) this.destroy();
  }

  /** Something of the request's body has arrived. */
  noteActivity(): void {
    this.#timer?.refresh();
  }

  destroySoon(): void {
    if (this.writable) this.end();
    else this.destroy();
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  address(): Record<string, never> {
    return {};
  }
}

function onDrain(this: ExchangeSocket): void {
  if (this.outgoing !== undefined) emitDrain(this.outgoing);
}

function tellClosed(request: IncomingMessage, response: ServerResponse | undefined): void {
  abortMessage(request);
  if (response !== undefined) emitClose(response);
}

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
}
