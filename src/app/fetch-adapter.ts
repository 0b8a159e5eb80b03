import type { App, Exchange, RequestHead } from "./exchange.ts";
import { isForbiddenMethod, requestOf } from "./fetch-request.ts";
import { type ResponseLike, ResponseSender, sendSimply } from "./fetch-response.ts";
import type { Context, FetchHandler } from "./interface.ts";
import { installedRequestOf } from "./light-fetch.ts";
import { responseState } from "./light-response.ts";
import type { ResponseState } from "./light-response-state.ts";

/** An app that answers each request with a web-standard Response. */
export function fetchApp(kind: string, handler: FetchHandler): App {
  return { kind, handle: (exchange) => answer(handler, exchange) };
}

function answer(handler: FetchHandler, exchange: Exchange): void | Promise<void> {
  const { request: head } = exchange;
  let request = installedRequestOf(exchange);
  if (request === undefined) {
    if (isForbiddenMethod(head.method)) return refuse(exchange, 501);
    try {
      request = requestOf(exchange);
    } catch {
      // Only what the client sent can be wrong with it.
      return refuse(exchange, 400);
    }
  }
  const response: unknown = handler(request, new RequestContext(exchange));
  // The usual handler is done at once, or has to be awaited once: all else is the sender's.
  const state = simpleResponse(response);
  if (state !== undefined) return sendSimply(exchange, state);
  return answerLater(exchange, response);
}

async function answerLater(exchange: Exchange, promised: unknown): Promise<void> {
  const response = await promised;
  const state = simpleResponse(response);
  if (state === undefined) await new ResponseSender(exchange).send(checked(response, exchange.request));
  else if (!exchange.ended) sendSimply(exchange, state);
}

/** The state of a light Response whose body has not become a stream, nor been read. */
function simpleResponse(response: unknown): ResponseState | undefined {
  const state = responseState(response);
  return state?.isSimple ? state : undefined;
}

function refuse(exchange: Exchange, status: number): void {
  exchange.respond(status, undefined, ["content-length", "0"]);
  exchange.end();
}

class RequestContext implements Context {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly scheme: "http" | "https";
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    const head = exchange.request;
    this.remoteAddress = head.remoteAddress;
    this.remotePort = head.remotePort;
    this.scheme = head.scheme;
    this.#exchange = exchange;
  }

  /** Of the prototype: an accessor of each object's own took 2 µs to make (node 26). */
  get variables(): Context["variables"] {
    return this.#exchange.request.variables();
  }

  sendFile(path: string, headers?: Readonly<Record<string, string>>): Response {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    if (!this.#exchange.sends?.(encoded))
      throw new TypeError(
        `Cannot send a file: expected a path below one that send-files in [nginx] names, without dot files: got ${JSON.stringify(path)}`,
      );
    const response = new Response(null, headers === undefined ? undefined : { headers });
    response.headers.set("X-Accel-Redirect", encoded);
    return response;
  }
}

/** @throws TypeError for what is no Response, or one that cannot be sent, with what to do. */
function checked(value: unknown, { method, target }: RequestHead): ResponseLike {
  const failed = `Cannot answer ${method} ${target}`;
  if (!isResponse(value)) {
    throw new TypeError(`${failed}: wanted a Response from the app: got ${describe(value)}`);
  }
  if (value.status === 0) throw new TypeError(`${failed}: the app returned Response.error().`);
  const { body } = value;
  if (value.bodyUsed || (body !== null && body !== undefined && "locked" in body && body.locked)) {
    throw new TypeError(
      `${failed}: the body of the app's Response was read before: return a new Response, or its clone().`,
    );
  }
  return value;
}

function isResponse(value: unknown): value is ResponseLike {
  if (value instanceof Response) return true;
  if (typeof value !== "object" || value === null) return false;
  const { status, headers } = value as Partial<ResponseLike>;
  return typeof status === "number" && typeof headers === "object" && Symbol.iterator in headers;
}

function describe(value: unknown): string {
  if (value === undefined) return "undefined. Does each of its paths return one?";
  if (typeof value === "string") return "a string. Write `new Response(text)`.";
  if (typeof value === "function" || (typeof value === "object" && value !== null && "fetch" in value)) {
    return "an app. If the export makes apps, export what it returns: `export default createApp()`.";
  }
  if (typeof value === "object" && value !== null) return "an object. Write `Response.json(value)`.";
  return `${String(value)}.`;
}
