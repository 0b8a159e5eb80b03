import { hasLength } from "./content-length.ts";
import type { Exchange } from "./exchange.ts";
import type { ResponseState } from "./light-response-state.ts";

/** What of a Response is looked at: one of another library or realm will do. */
export interface ResponseLike {
  readonly status: number;
  readonly statusText?: string;
  readonly headers: Iterable<readonly [string, string]> & { getSetCookie?: () => string[] };
  readonly body?: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | null;
  readonly bodyUsed?: boolean;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader["read"]>>;

/**
 * Sends Responses (https://fetch.spec.whatwg.org/#response-class) to an exchange: status, fields with
 * each Set-Cookie by itself, and the body, no faster than the client takes it. A body that is over
 * after its first chunk gets a Content-Length.
 */
export class ResponseSender {
  readonly #exchange: Exchange;
  #reader: Reader | undefined;
  #isOver = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    exchange.onClose(() => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#reader?.cancel(exchange.signal.reason).catch(ignore);
    });
  }

  /** Whether the client is gone, or has the response. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Resolves when the response is sent, or the client gone.
   * @throws what reading the body throws, and TypeError for a head that cannot be sent; an exchange
   *   whose response had begun is aborted then.
   */
  async send(response: ResponseLike): Promise<void> {
    const exchange = this.#exchange;
    const body = bodyOf(response);
    if (this.#isOver) {
      body?.cancel(exchange.signal.reason).catch(ignore);
      return;
    }
    const headers = headerList(response.headers);
    if (body === null || exchange.request.method === "HEAD" || hasNoBody(response.status)) {
      // Nobody will read it; whoever fills it should know.
      body?.cancel().catch(ignore);
      if (exchange.request.method !== "HEAD" && !hasNoBody(response.status)) withLength(headers, 0);
      this.#respond(response, headers);
      this.#end();
      return;
    }
    try {
      await this.#sendWithBody(response, headers, body);
    } catch (error) {
      this.#reader?.cancel(error).catch(ignore);
      if (this.#isOver) return;
      if (exchange.started) exchange.abort(error);
      throw error;
    }
  }

  #respond(response: ResponseLike, headers: string[]): void {
    this.#exchange.respond(response.status, response.statusText || undefined, headers);
  }

  #end(): void {
    this.#isOver = true;
    this.#exchange.end();
  }

  async #sendWithBody(response: ResponseLike, headers: string[], body: ReadableStream<Uint8Array>) {
    const exchange = this.#exchange;
    const reader = body.getReader();
    this.#reader = reader;
    // Whatever is read ahead goes through `soon`, which hears of its failure even if nobody else will.
    let next: Promise<Read> | undefined = reader.read();
    const first = await soon(next);
    if (this.#isOver) return;
    if (first?.done) {
      withLength(headers, 0);
      this.#respond(response, headers);
      this.#end();
      return;
    }
    if (first === undefined) {
      this.#respond(response, headers);
    } else {
      const chunk = bytesOf(first.value);
      next = hasLength(headers) ? undefined : reader.read();
      const second = next && (await soon(next));
      if (this.#isOver) return;
      if (second?.done) withLength(headers, chunk.length);
      this.#respond(response, headers);
      if (chunk.length > 0 && !exchange.write(chunk)) await this.#drained();
    }
    await this.#stream(reader, next ?? reader.read());
  }

  async #stream(reader: Reader, first: Promise<Read>): Promise<void> {
    const exchange = this.#exchange;
    for (let read = await first; !this.#isOver; read = await reader.read()) {
      if (read.done) {
        this.#end();
        return;
      }
      const chunk = bytesOf(read.value);
      if (chunk.length > 0 && !exchange.write(chunk)) await this.#drained();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.#exchange.drained(resolve));
  }
}

/** Sends a light Response in one go: its body is here, and its length known. */
export function sendSimply(exchange: Exchange, state: ResponseState): void {
  const { status, statusText } = state;
  exchange.respondWith(status, statusText === "" ? undefined : statusText, state.list, state.take());
}

/** A body that is there in time comes within these; native ones take one or two. */
const microtasks = 5;

/**
 * What a read gives, if it gives it before the event loop has turned once; undefined: not yet, and a
 * client who waits for the head (of server-sent events) should have it.
 */
async function soon(read: Promise<Read>): Promise<Read | undefined> {
  let result: Read | undefined;
  let failure: { error: unknown } | undefined;
  read.then(
    (value) => {
      result = value;
    },
    (error) => {
      failure = { error };
    },
  );
  const isSettled = () => result !== undefined || failure !== undefined;
  for (let turn = 0; turn < microtasks && !isSettled(); turn++) await undefined;
  if (!isSettled()) await new Promise((resolve) => setImmediate(resolve));
  if (failure !== undefined) throw failure.error;
  return result;
}

function bodyOf({ body }: ResponseLike): ReadableStream<Uint8Array> | null {
  if (body === null || body === undefined) return null;
  return "getReader" in body ? body : (ReadableStream.from(body) as ReadableStream<Uint8Array>);
}

function headerList(headers: ResponseLike["headers"]): string[] {
  const list: string[] = [];
  // Native ones come one by one, each Set-Cookie by itself; others may have joined them.
  const cookies = headers instanceof Headers ? undefined : headers.getSetCookie?.();
  for (const [name, value] of headers) {
    if (cookies === undefined || name.toLowerCase() !== "set-cookie") list.push(name, value);
  }
  for (const cookie of cookies ?? []) list.push("set-cookie", cookie);
  return list;
}

function withLength(headers: string[], length: number): void {
  if (!hasLength(headers)) headers.push("content-length", String(length));
}

/** RFC 9110, section 6.4.1; of 205, section 15.3.6. */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  const kind = typeof chunk === "string" ? "a string" : Object.prototype.toString.call(chunk);
  throw new TypeError(
    `Cannot send a chunk of the response body: wanted a Uint8Array: got ${kind}. ` +
      "Pipe a stream of strings through a TextEncoderStream.",
  );
}

function ignore(): void {}
