import { inspect } from "node:util";
import { markAsUncloneable } from "node:worker_threads";
import type { Exchange } from "./exchange.ts";
import { defineMembers } from "./light-members.ts";
import { nativeClass } from "./light-natives.ts";
import { RequestState, requestStateOf } from "./light-request-state.ts";

/** Either a request off the wire, or one that an app made, which is native. */
type State = RequestState | Request;

/**
 * A Request class (https://fetch.spec.whatwg.org/#request-class). Those that fetch handlers are given read
 * their exchange when they are asked; those that apps make have a native one inside.
 */
export class LightRequest {
  readonly #state: State;

  constructor(...args: unknown[]) {
    const [input] = args;
    this.#state = input instanceof RequestState ? input : newNative(args);
    // As the native one: structuredClone is to refuse.
    markAsUncloneable(this);
  }

  static stateOf(value: unknown): State | undefined {
    return typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }
}

/** The exchange's request; undefined: one of an unusual kind, for the native class to tell what it is. */
export function lightRequestOf(exchange: Exchange): Request | undefined {
  const state = requestStateOf(exchange);
  return state && (new LightRequest(state) as unknown as Request);
}

/**
 * The arguments of `new Request` or `fetch` with native Requests in the place of light ones. A native one
 * of ours does not carry its exchange's signal where those look for it.
 */
export function nativeArguments(args: readonly unknown[]): unknown[] {
  const [input, init] = args;
  const state = LightRequest.stateOf(input);
  if (state === undefined) return [...args];
  if (!(state instanceof RequestState)) return [state, ...args.slice(1)];
  const isPlain = init === undefined || init === null || (typeof init === "object" && !("signal" in init));
  return [state.upgraded(), isPlain ? { ...init, signal: state.exchange.signal } : init];
}

function newNative(args: readonly unknown[]): Request {
  const Native = nativeClass("Request");
  return Reflect.construct(Native, nativeArguments(args)) as Request;
}

function nativeOf(state: State): Request {
  return state instanceof RequestState ? state.upgraded() : state;
}

const asTheNative = [
  "destination",
  "referrer",
  "referrerPolicy",
  "mode",
  "credentials",
  "cache",
  "redirect",
  "integrity",
  "keepalive",
  "isReloadNavigation",
  "isHistoryNavigation",
  "duplex",
] as const;

defineMembers<State>(LightRequest.prototype, {
  name: "Request",
  length: 1,
  stateOf: LightRequest.stateOf,
  getters: {
    ...Object.fromEntries(
      asTheNative.map((name) => [name, (state: State) => Reflect.get(nativeOf(state), name)]),
    ),
    method: (state) => state.method,
    url: (state) => state.url,
    headers: (state) => state.headers,
    signal: (state) => (state instanceof RequestState ? state.exchange.signal : state.signal),
    body: (state) => (state instanceof RequestState ? state.stream : state.body),
    bodyUsed: (state) => state.bodyUsed,
  },
  methods: {
    text: (state) => read(state, "text"),
    json: (state) => read(state, "json"),
    arrayBuffer: (state) => read(state, "arrayBuffer"),
    bytes: (state) => read(state, "bytes"),
    blob: (state) => nativeOf(state).blob(),
    formData: (state) => nativeOf(state).formData(),
    clone: (state) => nativeOf(state).clone(),
  },
});

function read(state: State, how: "text" | "json" | "arrayBuffer" | "bytes"): Promise<unknown> {
  return state instanceof RequestState ? state.read(how) : state[how]();
}

Object.defineProperty(LightRequest.prototype, inspect.custom, {
  value: function (this: Request, ...args: unknown[]): string {
    const state = LightRequest.stateOf(this);
    const custom = Reflect.get(nativeClass("Request").prototype, inspect.custom) as (
      ...args: unknown[]
    ) => string;
    return custom.apply(state === undefined ? this : nativeOf(state), args);
  },
  configurable: true,
  writable: true,
});
