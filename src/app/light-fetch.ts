import type { Exchange } from "./exchange.ts";
import { isLightHeaders, LightHeaders } from "./light-headers.ts";
import { addMethods, methodNames } from "./light-members.ts";
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
 * app is loaded, so that its subclasses are light too. Node's own are loaded when somebody needs one.
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
  const areThere = keepNatives(classes, isLight);
  for (const [light, name, nativeOf] of [
    [LightRequest, "Request", nativeRequest],
    [LightResponse, "Response", nativeResponse],
  ] as const) {
    const methods = areThere ? methodNames(nativeClass(name).prototype) : newMethods();
    addMethods(light.prototype, name, methods, nativeOf);
  }
  // Assigned, not defined: node's own are lazy values, and a definition has them loaded.
  for (const name of NAMES) Reflect.set(globalThis, name, lights[name]);
  return () => {
    const before = { ...natives(), fetch: native };
    uninstall = undefined;
    releaseNatives();
    for (const name of NAMES) Reflect.set(globalThis, name, before[name]);
  };
}

function natives() {
  const [Headers, Request, Response] = [
    nativeClass("Headers"),
    nativeClass("Request"),
    nativeClass("Response"),
  ];
  return { Headers, Request, Response };
}

/** Methods that node's own classes have since their module's version 8, for when they are not loaded. */
function newMethods(): readonly string[] {
  return Number.parseInt(process.versions["undici"] ?? "", 10) >= 8 ? ["textStream"] : [];
}
