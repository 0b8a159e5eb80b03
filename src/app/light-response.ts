import { markAsUncloneable } from "node:worker_threads";
import { defineMembers, inspectAsNative } from "./light-members.ts";
import { nativeClass } from "./light-natives.ts";
import { ResponseState, responseStateOf } from "./light-response-state.ts";

/** Says that the other argument is a state: no app has this one to give. */
const OF_STATE = Symbol("of a state");

/** The state of a light Response; undefined: a native one, or something else. */
let stateOf!: (value: unknown) => ResponseState | undefined;

/**
 * A Response class (https://fetch.spec.whatwg.org/#response-class) whose instances remember what they were
 * made of. Streams are what costs: one is made when somebody asks for it.
 */
export class LightResponse {
  readonly #state: ResponseState;

  static {
    stateOf = (value) =>
      typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }

  constructor(body?: unknown, init?: unknown) {
    this.#state = init === OF_STATE ? (body as ResponseState) : responseStateOf(body, init);
    // As the native one: structuredClone is to refuse.
    markAsUncloneable(this);
  }

  static error(): Response {
    return made(ResponseState.ofNative(nativeClass("Response").error()));
  }

  static json(data: unknown, init: unknown = undefined): Response {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError("Response.json: value is not JSON serializable.");
    return made(responseStateOf(text, init, "application/json"));
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const text = `${url as string}`;
    if (!isRedirect(status) || !URL.canParse(text)) {
      const native = nativeClass("Response").redirect(text, status as 302);
      return made(ResponseState.ofNative(native));
    }
    return made(new ResponseState(status, "", ["location", new URL(text).href], null, true));
  }
}

/** Whether it is one of ours, and not a native one. */
export function isLightResponse(value: unknown): boolean {
  return stateOf(value) !== undefined;
}

/**
 * The state of a light Response; undefined: a native one, none at all, or one that has members of its own,
 * or of its class, in the place of those that it is sent by.
 */
export function responseState(value: unknown): ResponseState | undefined {
  const state = stateOf(value);
  if (state === undefined) return undefined;
  for (let at = value as object; at !== LightResponse.prototype; at = Object.getPrototypeOf(at)) {
    // Its prototype may have been set to whatever.
    if (at === null || hasSent(at)) return undefined;
  }
  return state;
}

/** Whether it has what a Response is sent by. Each Response that is sent is asked: no loop, no closure. */
function hasSent(value: object): boolean {
  return (
    Object.hasOwn(value, "status") ||
    Object.hasOwn(value, "headers") ||
    Object.hasOwn(value, "body") ||
    Object.hasOwn(value, "statusText") ||
    Object.hasOwn(value, "bodyUsed")
  );
}

/** The native Response inside of a light one; anything else as it is. */
export function nativeResponse(value: unknown): unknown {
  return stateOf(value)?.upgraded() ?? value;
}

function isRedirect(status: unknown): status is number {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function made(state: ResponseState): Response {
  return new LightResponse(state, OF_STATE) as unknown as Response;
}

defineMembers<ResponseState>(LightResponse.prototype, {
  name: "Response",
  length: 0,
  stateOf,
  getters: {
    type: (state) => state.type,
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
    clone: (state) => made(state.clone()),
    blob: (state) => state.upgraded().blob(),
    arrayBuffer: (state) => state.read("arrayBuffer"),
    text: (state) => state.read("text"),
    json: (state) => state.read("json"),
    formData: (state) => state.upgraded().formData(),
    bytes: (state) => state.read("bytes"),
  },
});
for (const name of ["error", "json", "redirect"]) {
  Object.defineProperty(LightResponse, name, { enumerable: true });
}
inspectAsNative(LightResponse.prototype, "Response");
