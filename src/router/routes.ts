import type { App, Exchange } from "../app/exchange.ts";
import type { Log } from "../log/log.ts";
import { KeptRouter } from "./kept-router.ts";
import { refuse } from "./refusal.ts";
import { routerApp } from "./router.ts";

/** Who answers what: "" is the main app, "/api" what is at /api and below. */
export interface RouteOptions {
  readonly prefix: string;
  readonly kind: "node" | "python";
  /** The unix socket on which its workers speak uwsgi. */
  readonly socket: string;
  /** Requests under way at once; more wait. */
  readonly maxInFlight: number;
  /** The FIFO from which its workers take requests, where nobody else connects to them. */
  readonly queue?: string;
}

/** Milliseconds to connect: a unix socket that the master keeps open takes none, unless its backlog is full. */
const CONNECT_TIMEOUT = 5_000;

/**
 * One router for each app, chosen by the longest prefix whose segments the path begins with.
 * @param options.main answers what no route does; without it there is a route for "".
 * @param options.queueTimeout seconds
 * @param options.nodeSockets connections to workers as node's sockets, and not on its handles
 */
export function routedApp(options: {
  readonly main?: App;
  readonly routes: readonly RouteOptions[];
  readonly queueLimit: number;
  readonly queueTimeout: number;
  readonly nodeSockets: boolean;
  readonly log: Log;
}): App {
  const { queueLimit, queueTimeout, nodeSockets, log } = options;
  const apps = options.routes
    .map(({ prefix, kind, socket, maxInFlight, queue }) => {
      const router = {
        backends: [socket],
        maxInFlight,
        queueLimit,
        queueTimeout: queueTimeout * 1000,
        connectTimeout: CONNECT_TIMEOUT,
        nodeSockets,
        log,
      };
      const app: App = queue === undefined ? routerApp(router) : new KeptRouter(router, queue);
      return { prefix, kind, app };
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
  const main = options.main ?? apps.at(-1)!.app;
  // Nothing is to be chosen.
  if (!options.main && apps.length === 1 && apps[0]!.kind === "python") return main;
  return {
    kind: options.main?.kind ?? "router",
    handle(exchange: Exchange) {
      const path = decodedPath(exchange.request.target);
      const route = apps.find(
        ({ prefix }) => prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`)),
      );
      if (!route) return main.handle(exchange);
      // A node worker could not tell a chunked body that was cut off from a whole one over uwsgi.
      const unmeasured = exchange.body !== null && exchange.body.length === undefined;
      if (route.kind === "node" && unmeasured) return refuse(exchange, 411);
      return route.app.handle(exchange);
    },
    drain() {
      for (const { app } of apps) app.drain?.();
      options.main?.drain?.();
    },
    lost(...taken) {
      for (const { app } of apps) app.lost?.(...taken);
    },
    async close() {
      await Promise.all([options.main?.close?.(), ...apps.map(({ app }) => app.close?.())]);
    },
  };
}

/** As NGINX compares paths with its locations: "/api%2Fx" is below /api. */
function decodedPath(target: string): string {
  const path = target.split("?", 1)[0]!;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
