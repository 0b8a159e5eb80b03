import type { Server as HttpServer } from "node:http";
import { Server as NetServer } from "node:net";
import type { App } from "./exchange.ts";
import { fetchApp } from "./fetch-adapter.ts";
import type { FetchHandler } from "./interface.ts";
import type { Middleware } from "./middleware.ts";
import type { MessagePrototypes, NodeListener } from "./node-listener-adapter.ts";
import { parametersOf } from "./parameter-names.ts";
import type { UpgradeHandler } from "./upgrade.ts";

/** What the module says of its app, beside exporting it. */
export interface RecogniseHints {
  /** `export const appInterface = …`: wins over everything that a function is otherwise told by. */
  readonly appInterface?: "fetch" | "node" | undefined;
  /** `export function upgrade(req, socket, head)`. */
  readonly upgrade?: UpgradeHandler | undefined;
}

/**
 * What somebody exported → an app, or undefined where it is nothing that answers requests. Promises
 * are to be awaited before. A function is told by its properties, then by its parameters' names.
 * @throws what the app throws while it gets ready (Fastify's plugins).
 */
export async function recognise(value: unknown, hints: RecogniseHints = {}): Promise<App | undefined> {
  if (hasMethods(value, ["fetch"]) && hints.appInterface !== "node") {
    return upgradable(fetchApp(kindOf(value, "fetch app"), value.fetch.bind(value) as FetchHandler), hints);
  }
  if (hasMethods(value, ["routing", "ready", "close"]) && isServer(value["server"])) {
    return fastifyApp(value, value["server"], hints);
  }
  if (isServer(value)) return serverApp(value, hints);
  if (hasMethods(value, ["callback", "use"]) && Array.isArray(value["middleware"])) {
    const listener = value.callback() as NodeListener;
    return listenerApp("Koa", listener, hints);
  }
  if (typeof value !== "function" || isClass(value)) return undefined;
  return functionApp(value as AnyHandler, hints);
}

/** Whether a module's export named `upgrade` can be the upgrade handler. */
export function isUpgradeHandler(value: unknown): value is UpgradeHandler {
  return typeof value === "function";
}

/** A value in a few words, for an error. */
export function describeValue(value: unknown): string {
  if (typeof value === "function") {
    const name = value.name === "" ? "" : ` ${value.name}`;
    return isClass(value) ? `the class${name} (export an instance of it)` : `the function${name}`;
  }
  if (typeof value !== "object" || value === null) return `${JSON.stringify(value) ?? String(value)}`;
  if (isServer(value)) return "an http.Server without a request listener";
  const keys = Object.keys(value);
  const shown = keys.length > 6 ? `${keys.slice(0, 6).join(", ")}, …` : keys.join(", ");
  const kind = Array.isArray(value) ? "an array" : `an object (${kindOf(value, "plain")})`;
  return keys.length === 0 || Array.isArray(value) ? kind : `${kind} with ${shown}`;
}

async function fastifyApp(
  app: Methods<"routing" | "ready" | "close">,
  server: HttpServer,
  hints: RecogniseHints,
): Promise<App> {
  await app.ready();
  const routing = app.routing as NodeListener;
  const node = await listenerApp("Fastify", (request, response) => routing(request, response), hints, server);
  const close = async () => {
    await app.close();
  };
  return { ...node, close };
}

/** Its listeners are called as `emit` would, except that what an async one throws is not lost. */
async function serverApp(server: HttpServer, hints: RecogniseHints): Promise<App | undefined> {
  if (server.listenerCount("request") === 0) return undefined;
  const listener: NodeListener = (request, response) => {
    const results = server
      .rawListeners("request")
      .map((one) => one.call(server, request, response) as unknown);
    return results.length === 1 ? results[0] : Promise.all(results);
  };
  const [only, ...others] = server.rawListeners("request");
  const prototypes = others.length === 0 ? expressPrototypes(only) : undefined;
  return listenerApp("http.Server", listener, hints, server, prototypes);
}

async function functionApp(callable: AnyHandler, hints: RecogniseHints): Promise<App> {
  if (hints.appInterface === "fetch") return upgradable(fetchApp("fetch handler", callable), hints);
  if (hasMethods(callable, ["handle", "use"])) {
    // With a third argument they would leave their own answer to an error, and their 404, to it.
    const listener: NodeListener = (request, response) => callable(request, response);
    const kind = "engine" in callable ? "Express" : "connect";
    return listenerApp(kind, listener, hints, undefined, expressPrototypes(callable));
  }
  if (hints.appInterface === "node" || isNodeListener(callable)) {
    const { middlewareListener } = await import("./middleware.ts");
    const listener = callable.length >= 3 ? middlewareListener(callable) : callable;
    return listenerApp("node listener", listener, hints);
  }
  return upgradable(fetchApp("fetch handler", callable), hints);
}

/** What stands on node:http is loaded for those that need it: an app of a fetch handler starts without. */
async function listenerApp(
  kind: string,
  listener: NodeListener,
  hints: RecogniseHints,
  server?: HttpServer,
  prototypes?: MessagePrototypes,
): Promise<App> {
  const { nodeListenerApp } = await import("./node-listener-adapter.ts");
  return upgradable(nodeListenerApp(kind, listener, prototypes), hints, server);
}

async function upgradable(app: App, { upgrade }: RecogniseHints, server?: HttpServer): Promise<App> {
  if (upgrade === undefined && server === undefined) return app;
  const { withUpgrade } = await import("./upgrade.ts");
  return withUpgrade(app, upgrade, server);
}

/**
 * The prototypes that an Express app gives its messages first of all (`app.request`, `app.response`),
 * where they are node's own with something before them.
 */
function expressPrototypes(app: unknown): MessagePrototypes | undefined {
  if (!hasMethods(app, ["handle", "use", "engine"])) return undefined;
  const { request, response } = app as Record<string, unknown>;
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule("node:http");
  const isOurs = request instanceof IncomingMessage && response instanceof ServerResponse;
  return isOurs ? { request, response } : undefined;
}

/** What node programs call their response. */
const responseName = /^_*(server)?(res|resp|rsp|response|reply)_*$/i;
/** What the second parameter of fetch handlers is called; `_`: not wanted, and no listener can do without. */
const contextName =
  /^_+$|(^|_)(context|ctx|c|env|environment|bindings|info|connInfo|conn|server|options|opts|platform|meta)$/i;

/** A function before it is known which it is. */
type AnyHandler = NodeListener & FetchHandler & Middleware;

/** By its parameters: (req, res) against (request, context). Where nothing tells, two are a listener's. */
function isNodeListener(callable: (...args: never[]) => unknown): boolean {
  if (callable.length >= 3) return true;
  const parameters = parametersOf(callable);
  if (parameters === undefined) return callable.length === 2;
  const second = parameters[1];
  if (second === undefined || second === "destructured") return false;
  if (responseName.test(second.name)) return true;
  return !contextName.test(second.name);
}

type Methods<Names extends string> = Record<Names, (...args: unknown[]) => unknown> & Record<string, unknown>;

function hasMethods<Names extends string>(value: unknown, names: readonly Names[]): value is Methods<Names> {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

function isServer(value: unknown): value is HttpServer {
  // Whoever has made one has loaded them.
  if (!(value instanceof NetServer)) return false;
  const { Server: HttpServer } = process.getBuiltinModule("node:http");
  return value instanceof HttpServer || value instanceof process.getBuiltinModule("node:https").Server;
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** The name of its class, where it has one of its own: "Hono". */
function kindOf(value: object, otherwise: string): string {
  const name = typeof value === "object" ? value.constructor?.name : undefined;
  return name === undefined || name === "" || name === "Object" ? otherwise : name;
}
