import type { Exchange } from "./exchange.ts";
import { isLightHeaders, LightHeaders } from "./light-headers.ts";
import { addMethods } from "./light-members.ts";
import { keepNatives, nativeClass, releaseNatives } from "./light-natives.ts";
import {
  isLightRequest,
  LightRequest,
  lightRequestOf,
  nativeArguments,
  nativeRequest,
} from "./light-request.ts";
import { isLightResponse, LightResponse, nativeResponse } from "./light-response.ts";

const classes = { Headers: LightHeaders, Request: LightRequest, Response: LightResponse };
const isLight = { Headers: isLightHeaders, Request: isLightRequest, Response: isLightResponse };
const NAMES = ["Headers", "Request", "Response", "fetch"] as const;

let uninstall: (() => void) | undefined;

/**
 * Gives this process light Fetch classes: `Headers`, `Request` and `Response` that are cheap to make, with
 * node's own behind them for what is unusual, and a `fetch` that takes both kinds. To be called before the
 * app is loaded, so that its subclasses are light too. Node loads its own classes by it (8 MB).
 * @returns puts node's own back
 */
export function installLightFetch(): () => void {
  uninstall ??= install();
  return uninstall;
}

/** The exchange's request, light; undefined: none are wanted, or this one is of an unusual kind. */
export function installedRequestOf(exchange: Exchange): Request | undefined {
  return uninstall === undefined ? undefined : lightRequestOf(exchange);
}

function install(): () => void {
  const native = globalThis.fetch;
  function fetch(...args: unknown[]): Promise<Response> {
    return Reflect.apply(native, undefined, nativeArguments(args));
  }
  Object.defineProperty(fetch, "length", { value: native.length, configurable: true });
  const lights = { ...classes, fetch };
  const before = NAMES.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);
  keepNatives(classes, isLight);
  addMethods(LightRequest.prototype, nativeClass("Request").prototype, nativeRequest);
  addMethods(LightResponse.prototype, nativeClass("Response").prototype, nativeResponse);
  for (const [index, name] of NAMES.entries()) {
    Object.defineProperty(globalThis, name, { ...before[index], value: lights[name] });
  }
  return () => {
    uninstall = undefined;
    releaseNatives();
    for (const [index, name] of NAMES.entries()) Object.defineProperty(globalThis, name, before[index]!);
  };
}
