import type { Duplex } from "node:stream";
import type { Exchange, Outcome, RequestBody, RequestHead } from "../../src/app/exchange.ts";

export interface FakeRequest {
  method?: string;
  target?: string;
  httpVersion?: string;
  headers?: string[];
  scheme?: "http" | "https";
  host?: string;
  remoteAddress?: string;
  remotePort?: number;
  variables?: Record<string, string>;
  /** Bytes that are there at once, or a body that arrives in its own time. */
  body?: string | Uint8Array | RequestBody;
  /** Bytes that may wait before `write` returns false; they are then taken at the next turn of the event loop. */
  highWaterMark?: number;
  /** Keeps no body, for tests of large ones: it is only counted. */
  forget?: boolean;
  upgrade?: () => { socket: Duplex; head: Buffer };
}

/** An exchange without a gateway: gives an adapter what a test says, and keeps what the adapter sends. */
export class FakeExchange implements Exchange {
  readonly request: RequestHead;
  readonly body: RequestBody | null;
  upgrade: Exchange["upgrade"];

  status: number | undefined;
  reason: string | undefined;
  headers: string[] = [];
  readonly informed: { status: number; headers: readonly string[] }[] = [];
  readonly chunks: Uint8Array[] = [];
  /** Bytes written. */
  sent = 0;
  /** The most bytes that ever waited. */
  mostWaiting = 0;
  ended = false;
  abortReason: unknown;
  outcome: Outcome | undefined;
  /** What was called, in order, consecutive writes as one. */
  readonly calls: string[] = [];
  readonly closed: Promise<Outcome>;
  variablesAsked = 0;

  readonly #controller = new AbortController();
  readonly #highWaterMark: number;
  readonly #forget: boolean;
  #waiting = 0;
  #wakes: (() => void)[] = [];
  #listeners: ((outcome: Outcome) => void)[] = [];

  constructor(request: FakeRequest = {}) {
    this.request = {
      method: request.method ?? "GET",
      target: request.target ?? "/",
      httpVersion: request.httpVersion ?? "1.1",
      headers: request.headers ?? ["Host", request.host ?? "hello.test"],
      scheme: request.scheme ?? "http",
      host: request.host ?? "hello.test",
      remoteAddress: request.remoteAddress ?? "192.0.2.7",
      remotePort: request.remotePort ?? 4711,
      variables: () => {
        this.variablesAsked++;
        return request.variables ?? {};
      },
    };
    const { body } = request;
    if (body === undefined) this.body = null;
    else if (typeof body === "string" || body instanceof Uint8Array) this.body = wholeBody(Buffer.from(body));
    else this.body = body;
    this.#highWaterMark = request.highWaterMark ?? Number.POSITIVE_INFINITY;
    this.#forget = request.forget ?? false;
    this.upgrade = request.upgrade;
    this.closed = new Promise((resolve) => this.onClose(resolve));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  get started(): boolean {
    return this.status !== undefined;
  }
  /** The body that was sent, as text. */
  get text(): string {
    return Buffer.concat(this.chunks).toString("utf8");
  }
  /** The values of a field of the response. */
  field(name: string): string[] {
    return this.headers.filter(
      (_, index) => index % 2 === 1 && this.headers[index - 1]?.toLowerCase() === name,
    );
  }

  inform(status: number, headers: readonly string[]): void {
    this.#call("inform");
    this.informed.push({ status, headers });
  }

  respond(status: number, reason: string | undefined, headers: readonly string[]): void {
    if (this.started || this.outcome) throw new Error("respond was called twice, or after the end");
    if (!(status >= 200 && status <= 999)) throw new TypeError(`Cannot send status ${status}`);
    if (headers.some((text) => /[^\t\x20-\x7e\x80-\xff]/.test(text)))
      throw new TypeError("Cannot send a header");
    this.#call("respond");
    this.status = status;
    this.reason = reason;
    this.headers = [...headers];
  }

  respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array = "",
  ): void {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const hasLength = headers.some((name, index) => index % 2 === 0 && /^content-length$/i.test(name));
    const isBodiless = this.request.method === "HEAD" || status === 204 || status === 304;
    const added = hasLength || isBodiless ? [] : ["content-length", String(bytes.length)];
    this.respond(status, reason, [...headers, ...added]);
    if (bytes.length > 0 && !isBodiless) this.write(bytes);
    this.end();
  }

  write(chunk: Uint8Array): boolean {
    if (this.outcome === "aborted") return false;
    if (!this.started || this.ended) throw new Error("write was called before respond, or after the end");
    if (chunk.length === 0) throw new Error("write was called without bytes");
    this.#call("write");
    // A copy: the memory of a large chunk may be used again once it was taken.
    if (!this.#forget) this.chunks.push(Uint8Array.from(chunk));
    this.sent += chunk.length;
    this.#waiting += chunk.length;
    this.mostWaiting = Math.max(this.mostWaiting, this.#waiting);
    return this.#waiting < this.#highWaterMark;
  }

  drained(wake: () => void): void {
    this.#wakes.push(wake);
    if (this.#wakes.length > 1) return;
    setImmediate(() => {
      this.#waiting = 0;
      for (const one of this.#wakes.splice(0)) one();
    });
  }

  end(): void {
    if (!this.started || this.ended) throw new Error("end was called before respond, or twice");
    this.#call("end");
    this.ended = true;
    this.#close("complete");
  }

  abort(reason?: unknown): void {
    this.#call("abort");
    this.abortReason = reason;
    this.#close("aborted");
  }

  /** The client goes away. */
  clientGone(): void {
    this.#controller.abort(new Error("the client went away"));
    this.#close("aborted");
  }

  onClose(listener: (outcome: Outcome) => void): void {
    if (this.outcome) listener(this.outcome);
    else this.#listeners.push(listener);
  }

  #call(name: string): void {
    if (name !== "write" || this.calls.at(-1) !== "write") this.calls.push(name);
  }

  #close(outcome: Outcome): void {
    if (this.outcome) return;
    this.ended = true;
    this.outcome = outcome;
    for (const listener of this.#listeners.splice(0)) listener(outcome);
    for (const wake of this.#wakes.splice(0)) wake();
  }
}

function wholeBody(bytes: Buffer): RequestBody {
  const body = new FakeBody(bytes.length);
  body.push(bytes);
  body.push(null);
  return body;
}

/** A body that a test sends piece by piece. */
export class FakeBody implements RequestBody {
  readonly length: number | undefined;
  readonly #queue: (Uint8Array | null | Error)[] = [];
  #wake: (() => void) | undefined;

  constructor(length?: number) {
    this.length = length;
  }

  /** A chunk; null: it is complete; an Error: it was cut off. */
  push(chunk: string | Uint8Array | null | Error): void {
    this.#queue.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  read(): Uint8Array | null | undefined {
    const next = this.#queue[0];
    // Its end and its failure stay.
    if (next instanceof Uint8Array) this.#queue.shift();
    if (next instanceof Error) throw next;
    return next;
  }

  wait(wake: () => void): void {
    if (this.#wake) throw new Error("wait was called twice: a body has one reader");
    if (this.#queue.length > 0) queueMicrotask(wake);
    else this.#wake = wake;
  }
}

/** A body of `total` bytes that are made when they are read: `given` tells how many were. */
export class EndlessBody implements RequestBody {
  readonly length: number;
  given = 0;
  readonly #chunk = Buffer.alloc(65_536, "x");
  #reads = 0;

  constructor(total: number) {
    this.length = total;
  }

  read(): Uint8Array | null | undefined {
    if (this.given >= this.length) return null;
    // Every third time nothing has arrived yet, as on a wire.
    if (++this.#reads % 3 === 0) return undefined;
    const chunk = this.#chunk.subarray(0, Math.min(this.#chunk.length, this.length - this.given));
    this.given += chunk.length;
    return chunk;
  }

  wait(wake: () => void): void {
    setImmediate(wake);
  }
}
