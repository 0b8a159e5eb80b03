import type { Exchange, RequestBody } from "./exchange.ts";
import { requestOf } from "./fetch-request.ts";
import { conversions, readBefore } from "./light-body.ts";
import { Fields } from "./light-header-fields.ts";
import { headersOn } from "./light-headers.ts";
import { NativeRequestState } from "./light-request-native.ts";
import { simpleOrigin, urlAt } from "./light-request-url.ts";
import { replaceFields } from "./light-response-state.ts";

/** Methods that a Request has as they are (Fetch, section 2.2.1), and that are not forbidden. */
const PLAIN_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The body of one that was read. */
const READ: RequestBody = { length: 0, read: () => null, wait: queueMicrotask };

/** A request as its exchange has it; a native one is made for the unusual. */
export class RequestState {
  readonly exchange: Exchange;
  readonly method: string;
  readonly #origin: string;
  #url: string | undefined;
  readonly #hasBody: boolean;
  #used = false;
  #fields: Fields | undefined;
  #headers: Headers | undefined;
  #native: Request | undefined;

  constructor(exchange: Exchange, origin: string) {
    const { method } = exchange.request;
    this.exchange = exchange;
    this.method = method;
    this.#origin = origin;
    // GET and HEAD have none in Fetch; what one sent all the same the gateway skips.
    this.#hasBody = exchange.body !== null && method !== "GET" && method !== "HEAD";
  }

  get url(): string {
    this.#url ??= urlAt(this.#origin, this.exchange.request.target);
    return this.#url;
  }

  get headers(): Headers {
    if (this.#headers === undefined) {
      this.#fields = new Fields(undefined, this.exchange.request.headers, false);
      this.#headers = headersOn(this.#fields);
    }
    return this.#headers;
  }

  get signal(): AbortSignal {
    return this.exchange.signal;
  }

  /** The native one has it laid over its own, where nothing that is made of it looks. */
  get borrowedSignal(): AbortSignal {
    return this.exchange.signal;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? this.#used;
  }

  get stream(): ReadableStream | null {
    return this.#hasBody ? this.upgraded().body : null;
  }

  /** The body as one of the methods of the body mixin gives it, taken from the wire without a stream. */
  async read(how: "text" | "json" | "arrayBuffer" | "bytes"): Promise<unknown> {
    if (this.#native !== undefined) return this.#native[how]();
    if (this.#used) throw readBefore();
    const { body } = this.exchange;
    if (!this.#hasBody || body === null) return conversions[how](Buffer.alloc(0));
    this.#used = true;
    const chunks: Uint8Array[] = [];
    for (let chunk = body.read(); chunk !== null; chunk = body.read()) {
      if (chunk !== undefined) chunks.push(chunk);
      else await new Promise<void>((resolve) => body.wait(resolve));
    }
    return conversions[how](chunks.length === 1 ? asBuffer(chunks[0]!) : Buffer.concat(chunks));
  }

  clone(): NativeRequestState {
    return new NativeRequestState(this.upgraded().clone(), this.borrowedSignal);
  }

  /** The native Request in its place, with the fields as they are now. */
  upgraded(): Request {
    if (this.#native === undefined) {
      this.#native = requestOf(this.exchange, this.#used ? READ : undefined);
      if (this.#used) this.#native.arrayBuffer().catch(() => {});
    }
    if (this.#fields?.hasList) replaceFields(this.#native.headers, this.#fields.list);
    return this.#native;
  }
}

/** undefined: a request of an unusual kind, or one that no Request can be. */
export function requestStateOf(exchange: Exchange): RequestState | undefined {
  const { method, scheme, host } = exchange.request;
  if (!PLAIN_METHODS.has(method)) return undefined;
  const origin = simpleOrigin(scheme, host);
  return origin === undefined ? undefined : new RequestState(exchange, origin);
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
