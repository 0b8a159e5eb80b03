import { markAsUncloneable } from "node:worker_threads";
import type { Exchange } from "./exchange.ts";
import { defineMembers, inspectAsNative } from "./light-members.ts";
import { nativeClass } from "./light-natives.ts";
import { NativeRequestState } from "./light-request-native.ts";
import { type RequestState, requestStateOf } from "./light-request-state.ts";

/** Either a request off the wire, or one that an app made, which is native. */
type State = RequestState | NativeRequestState;

/** Says that the other argument is a state: no app has this one to give. */
const OF_STATE = Symbol("of a state");

/** The state of a light Request; undefined: a native one, or something else. */
let stateOf!: (value: unknown) => State | undefined;

/**
 * A Request class (https://fetch.spec.whatwg.org/#request-class). Those that fetch handlers are given read
 * their exchange when they are asked; those that apps make have a native one inside.
 */
export class LightRequest {
  readonly #state: State;

  static {
    stateOf = (value) =>
      typeof value === "object" && value !== null && #state in value ? value.#state : undefined;
  }

  constructor(...args: unknown[]) {
    this.#state = args[1] === OF_STATE ? (args[0] as State) : new NativeRequestState(newNative(args));
    // As the native one: structuredClone is to refuse.
    markAsUncloneable(this);
  }
}

/** Whether it is one of ours, and not a native one. */
export function isLightRequest(value: unknown): boolean {
  return stateOf(value) !== undefined;
}

/** The exchange's request; undefined: one of an unusual kind, for the native class to tell what it is. */
export function lightRequestOf(exchange: Exchange): Request | undefined {
  const state = requestStateOf(exchange);
  return state && made(state);
}

/** The native Request inside of a light one; anything else as it is. */
export function nativeRequest(value: unknown): unknown {
  return stateOf(value)?.upgraded() ?? value;
}

/** The arguments of `new Request` or `fetch` with native Requests in the place of light ones. */
export function nativeArguments(args: readonly unknown[]): unknown[] {
  const [input, init] = args;
  const state = stateOf(input);
  if (state === undefined) return [...args];
  const { borrowedSignal } = state;
  if (borrowedSignal === undefined) return [state.upgraded(), ...args.slice(1)];
  return [state.upgraded(), withSignal(init, borrowedSignal)];
}

/** An init that has a signal, unless it has one of its own. */
function withSignal(init: unknown, signal: AbortSignal): unknown {
  if (init === undefined || init === null) return { signal };
  if (typeof init !== "object" && typeof init !== "function") return init;
  return new Proxy(init, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return name === "signal" && value === undefined ? signal : value;
    },
  });
}

function newNative(args: readonly unknown[]): Request {
  const Native = nativeClass("Request");
  return Reflect.construct(Native, nativeArguments(args)) as Request;
}

function made(state: State): Request {
  return new LightRequest(state, OF_STATE) as unknown as Request;
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
  stateOf,
  getters: {
    ...Object.fromEntries(
      asTheNative.map((name) => [name, (state: State) => Reflect.get(state.upgraded(), name)]),
    ),
    method: (state) => state.method,
    url: (state) => state.url,
    headers: (state) => state.headers,
    signal: (state) => state.signal,
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
inspectAsNative(LightRequest.prototype, "Request");
