import type { IncomingMessage, ServerResponse } from "node:http";
import { isIPv6 } from "node:net";
import { Duplex } from "node:stream";
import type { Exchange } from "./exchange.ts";
import { parseResponseHead } from "./response-head.ts";

type WriteCallback = (error?: Error | null) => void;

/**
 * What a node app sees as its request's socket. A ServerResponse writes HTTP/1.1 to it: 1xx heads,
 * one head, then, since nothing frames it here, the body as it is. They become calls of the exchange,
 * whose gateway frames them for its wire. Nothing is ever read from it: the request's body comes
 * through the IncomingMessage alone.
 */
export class ExchangeSocket extends Duplex {
  readonly connecting = false;
  /** The request and response that it carries, told when it times out. */
  incoming: IncomingMessage | undefined;
  outgoing: ServerResponse | undefined;
  /** Why the response could not be sent; the exchange is the gateway's again. */
  failure: Error | undefined;
  timeout = 0;
  bytesWritten = 0;
  readonly #exchange: Exchange;
  #onDone: (() => void) | undefined;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(exchange: Exchange) {
    super({ decodeStrings: false });
    this.#exchange = exchange;
    exchange.onClose(() => {
      if (!this.#isDone) this.giveBack();
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
    if (!this.#exchange.ended) this.#exchange.end();
    this.#done();
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
    let bytes: Uint8Array;
    try {
      const body = exchange.started ? chunk : this.#takeHeads(chunk, encoding);
      bytes = typeof body === "string" ? Buffer.from(body, encoding) : body;
    } catch (error) {
      this.failure = error as Error;
      this.#done();
      callback(this.failure);
      return;
    }
    this.bytesWritten += bytes.length;
    if (bytes.length === 0 || exchange.write(bytes)) callback();
    else exchange.drained(callback);
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
    // As in node's server, where the socket always has somebody who listens for its errors.
    callback(this.listenerCount("error") > 0 ? error : null);
  }

  /** Sends the heads that `chunk` starts with; what follows them is body. */
  #takeHeads(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array | string {
    let text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("latin1");
    while (text !== "") {
      const head = parseResponseHead(text);
      if (head === undefined)
        throw new TypeError("Cannot send a response: bytes were written before its head.");
      const { status, reason, headers, end } = head;
      text = text.slice(end);
      if (status >= 200) {
        this.#exchange.respond(status, reason, onWire(headers, encoding));
        return text;
      }
      if (status === 101) throw new TypeError("Cannot answer 101: this request is no upgrade.");
      this.#exchange.inform(status, headers);
    }
    return text;
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

/**
 * Node writes head and text body in one string, in the body's encoding: other than ASCII in a head
 * then leaves it as UTF-8. What goes over the wire is to be the same here, where heads are latin1.
 */
function onWire(headers: string[], encoding: BufferEncoding): string[] {
  if (encoding === "latin1" || encoding === "binary") return headers;
  return headers.map((text) =>
    /[^\x00-\x7f]/.test(text) ? Buffer.from(text, encoding).toString("latin1") : text,
  );
}
