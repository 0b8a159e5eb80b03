import { conversions, copiedBytes, decodedText, readBefore } from "./light-body.ts";
import { type HeaderList, hasField, pairsOf } from "./light-header-list.ts";
import { copiedList, headersOnList } from "./light-headers.ts";
import { nativeClass } from "./light-natives.ts";

/** What a light Response was made of: text or bytes, and fields; a native one is made for the unusual. */
export class ResponseState {
  readonly status: number;
  readonly statusText: string;
  readonly body: string | Buffer | null;
  /** The fields as they are now. */
  readonly list: HeaderList;
  readonly #isImmutable: boolean;
  #used = false;
  #headers: Headers | undefined;
  #native: Response | undefined;

  constructor(
    status: number,
    statusText: string,
    list: HeaderList,
    body: string | Buffer | null,
    isImmutable = false,
  ) {
    this.status = status;
    this.statusText = statusText;
    this.list = list;
    this.body = body;
    this.#isImmutable = isImmutable;
  }

  /** Of one that only the native class can make: it keeps all but what never changes. */
  static ofNative(native: Response): ResponseState {
    const state = new ResponseState(native.status, native.statusText, [], null);
    state.#native = native;
    state.#headers = native.headers;
    return state;
  }

  get headers(): Headers {
    this.#headers ??= headersOnList(this.list, this.#isImmutable);
    return this.#headers;
  }

  /** Whether the body can be sent as it is: no native Response has it, and nobody read it. */
  get isSimple(): boolean {
    return this.#native === undefined && !this.bodyUsed;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? (this.#used && this.body !== null);
  }

  get type(): Response["type"] {
    return this.#native?.type ?? "default";
  }

  get stream(): ReadableStream | null {
    return this.body === null && this.#native === undefined ? null : this.upgraded().body;
  }

  /** The body, to be sent, a string as UTF-8: it counts as read then. */
  take(): string | Buffer | undefined {
    this.#used = true;
    return this.body ?? undefined;
  }

  /** The body as one of the methods of the body mixin gives it. */
  async read(how: "text" | "json" | "arrayBuffer" | "bytes"): Promise<unknown> {
    if (this.#native !== undefined) return this.#native[how]();
    if (this.bodyUsed) throw readBefore();
    this.#used = true;
    const { body } = this;
    if (typeof body !== "string") return conversions[how](body ?? Buffer.alloc(0));
    if (how === "text") return decodedText(body);
    if (how === "json") return JSON.parse(decodedText(body));
    return conversions[how](Buffer.from(body));
  }

  clone(): ResponseState {
    const { status, statusText, body } = this;
    if (this.#native !== undefined) {
      const native = this.upgraded().clone();
      if (this.#headers === this.#native.headers) return ResponseState.ofNative(native);
      const copy = new ResponseState(status, statusText, this.list.slice(), body, this.#isImmutable);
      copy.#native = native;
      return copy;
    }
    if (this.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
    return new ResponseState(status, statusText, this.list.slice(), body, this.#isImmutable);
  }

  /** The native Response in its place, with the fields as they are now. */
  upgraded(): Response {
    if (this.#native === undefined) {
      const { status, statusText, body } = this;
      const Native = nativeClass("Response");
      this.#native = new Native(body as string | null, { status, statusText, headers: pairsOf(this.list) });
      // It was taken away: a native one gives a text another.
      if (!hasField(this.list, "content-type")) this.#native.headers.delete("content-type");
      if (this.#used) this.#native.arrayBuffer().catch(() => {});
    } else if (this.#headers !== this.#native.headers) {
      replaceFields(this.#native.headers, this.list);
    }
    return this.#native;
  }
}

/**
 * Of what `new Response(body, init)` is given; `type` is of the body.
 * @throws TypeError and RangeError as the native constructor does
 */
export function responseStateOf(body: unknown, init: unknown, type?: string): ResponseState {
  const content = simpleBody(body);
  if (content !== undefined) {
    const contentType = typeof content === "string" ? (type ?? "text/plain;charset=UTF-8") : undefined;
    if (init === null || init === undefined) {
      return new ResponseState(
        200,
        "",
        contentType === undefined ? [] : ["content-type", contentType],
        content,
      );
    }
    if (typeof init === "object") {
      const { headers, status = 200, statusText = "" } = init as ResponseInit;
      if (isSimpleStatus(status, content !== null) && isSimpleReason(statusText)) {
        const list = headers === undefined ? [] : copiedList(headers);
        if (contentType !== undefined && !hasField(list, "content-type"))
          list.push("content-type", contentType);
        return new ResponseState(status, statusText, list, content);
      }
      // They were asked for, which an app may see: the native one is not to ask again.
      return nativeState(body, { ...(headers !== undefined && { headers }), status, statusText }, type);
    }
  }
  return nativeState(body, init, type);
}

function nativeState(body: unknown, init: unknown, type: string | undefined): ResponseState {
  const Native = nativeClass("Response");
  // A native one has a type of its own for a text, and none for bytes.
  const given = type === undefined ? body : Buffer.from(body as string);
  const native = new Native(given as string, init as ResponseInit);
  if (type !== undefined && !native.headers.has("content-type")) native.headers.set("content-type", type);
  return ResponseState.ofNative(native);
}

/** undefined: a body that only the native class knows. */
function simpleBody(body: unknown): string | Buffer | null | undefined {
  if (typeof body === "string") return body;
  return body === null || body === undefined ? null : copiedBytes(body);
}

/** Null body statuses (Fetch, section 2.2.3) take no body: the native constructor says so. */
function isSimpleStatus(status: unknown, hasBody: boolean): status is number {
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) return false;
  return !hasBody || (status !== 204 && status !== 205 && status !== 304);
}

function isSimpleReason(reason: unknown): reason is string {
  return reason === "" || (typeof reason === "string" && /^[\t\x20-\x7e\x80-\xff]+$/.test(reason));
}

/** Gives a native Headers the fields of a list. */
export function replaceFields(headers: Headers, list: HeaderList): void {
  for (const name of new Set(headers.keys())) headers.delete(name);
  for (const [name, value] of pairsOf(list)) headers.append(name, value);
}
