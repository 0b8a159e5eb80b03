import type { Exchange, RequestBody } from "./exchange.ts";
import { pairsOf } from "./light-header-list.ts";
import { nativeClass } from "./light-natives.ts";

/** Methods that a Request may not have (Fetch, section 2.2.1, "forbidden method"). */
const forbiddenMethod = /^(?:CONNECT|TRACE|TRACK)$/i;

/** Whether an exchange's method can be shown to a fetch handler at all. */
export function isForbiddenMethod(method: string): boolean {
  return forbiddenMethod.test(method);
}

/**
 * The exchange's request as a web-standard Request (https://fetch.spec.whatwg.org/#request-class).
 *
 * Its URL is scheme, host and target put together and parsed as URLs are: `/a/../b` and `/a/%2e%2e/b`
 * become `/b`, while `//x` stays a path. `*` (of `OPTIONS *`) becomes `/*`. A body is a byte stream
 * that takes from the wire what its reader asks for.
 * `body` is what is to be read of it, in place of the exchange's own.
 * @throws TypeError for what no Request can be: a host that no URL has.
 */
export function requestOf(exchange: Exchange, body: RequestBody | null = exchange.body): Request {
  const { method, scheme, host, target, headers } = exchange.request;
  const path = target.startsWith("/") ? target : `/${target}`;
  const init: RequestInit = { method, headers: pairsOf(headers) };
  // GET and HEAD have none in Fetch; what one sent all the same the gateway skips.
  if (body !== null && !/^(?:GET|HEAD)$/i.test(method)) {
    init.body = streamOf(body);
    init.duplex = "half";
  }
  ExchangeRequest ??= exchangeRequestClass();
  return new ExchangeRequest(`${scheme}://${host === "" ? "localhost" : host}${path}`, init, exchange);
}

/** Made when it is first needed: node loads its Fetch classes, for some milliseconds, when one is named. */
let ExchangeRequest: ReturnType<typeof exchangeRequestClass> | undefined;

/**
 * A Request whose signal is the exchange's, without having been given it: a native Request that gets a
 * signal makes one of its own which follows it, for 12 to 18 µs (node 26 and 22); most apps never look.
 */
function exchangeRequestClass() {
  return class ExchangeRequest extends nativeClass("Request") {
    readonly #exchange: Exchange;

    constructor(url: string, init: RequestInit, exchange: Exchange) {
      super(url, init);
      this.#exchange = exchange;
    }

    // @ts-expect-error TS2611: declared as a property, in truth an accessor of the prototype
    override get signal(): AbortSignal {
      return this.#exchange.signal;
    }

    override clone(): Request {
      return Object.defineProperty(super.clone(), "signal", { get: () => this.signal, configurable: true });
    }
  };
}

function streamOf(body: RequestBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isCancelled = false;
  const deliver = (controller: ReadableByteStreamController): void | Promise<void> => {
    if (isCancelled) return;
    const chunk = body.read();
    if (chunk === undefined || chunk?.length === 0) {
      return new Promise<void>((resolve) => body.wait(resolve)).then(() => deliver(controller));
    }
    if (chunk === null) {
      controller.close();
      controller.byobRequest?.respond(0);
    } else {
      // A copy: a byte stream takes the memory it is given away from its owner, and this memory may
      // be part of what the wire still reads from.
      controller.enqueue(new Uint8Array(chunk));
    }
  };
  return new ReadableStream({
    type: "bytes",
    pull: deliver,
    // The rest is the gateway's to skip.
    cancel() {
      isCancelled = true;
    },
  });
}
