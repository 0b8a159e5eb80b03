import { inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";
import { defineMembers } from "./light-members.ts";
import { nativeClass } from "./light-natives.ts";
import { ResponseState, responseStateOf } from "./light-response-state.ts";

/**
 * A Response class (https://fetch.spec.whatwg.org/#response-class) whose instances remember what they were
 * made of. Streams are what costs: one is made when somebody asks for it.
 */
export class LightResponse {
  readonly #state: ResponseState;

  constructor(body?: unknown, init?: unknown) {
    this.#state = body instanceof ResponseState ? body : responseStateOf(body, init);
    // As the native one: structuredClone is to refuse.
    markAsUncloneable(this);
  }

  static stateOf(value: unknown): ResponseState | undefined {
    return typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }

  static error(): Response {
    return nativeClass("Response").error();
  }

  static json(...args: [data: unknown, init?: ResponseInit]): Response {
    const text = args.length > 0 ? JSON.stringify(args[0]) : undefined;
    if (text === undefined) return nativeClass("Response").json(...args);
    return made(responseStateOf(text, args[1], "application/json"));
  }

  static redirect(...args: Parameters<typeof Response.redirect>): Response {
    const [url, status = 302] = args;
    const isRedirect = [301, 302, 303, 307, 308].includes(status);
    if (!isRedirect || !URL.canParse(String(url))) return nativeClass("Response").redirect(...args);
    return made(new ResponseState(status, "", ["location", new URL(url).href], null, true));
  }
}

/** The state of a light Response; undefined: a native one, or none at all. */
export const responseState = LightResponse.stateOf;

function made(state: ResponseState): Response {
  return new LightResponse(state) as unknown as Response;
}

defineMembers<ResponseState>(LightResponse.prototype, {
  name: "Response",
  length: 0,
  stateOf: LightResponse.stateOf,
  getters: {
    type: () => "default",
    url: () => "",
    redirected: () => false,
    status: (state) => state.status,
    ok: (state) => state.status >= 200 && state.status <= 299,
    statusText: (state) => state.statusText,
    headers: (state) => state.headers,
    body: (state) => state.stream,
    bodyUsed: (state) => state.bodyUsed,
  },
  methods: {
    text: (state) => state.read("text"),
    json: (state) => state.read("json"),
    arrayBuffer: (state) => state.read("arrayBuffer"),
    bytes: (state) => state.read("bytes"),
    blob: (state) => state.upgraded().blob(),
    formData: (state) => state.upgraded().formData(),
    clone: (state) => made(state.clone()),
  },
});

Object.defineProperty(LightResponse.prototype, inspect.custom, {
  value: function (this: Response, ...args: unknown[]): string {
    const native = LightResponse.stateOf(this)?.upgraded() ?? this;
    const custom = Reflect.get(nativeClass("Response").prototype, inspect.custom) as (
      ...args: unknown[]
    ) => string;
    return custom.apply(native, args);
  },
  configurable: true,
  writable: true,
});
