import type { App, Exchange } from "../app/exchange.ts";
import type { Log } from "../log/log.ts";
import { routerApp } from "./router.ts";

/** Who answers what: "" is the main app, "/api" what is at /api and below. */
export interface RouteOptions {
  readonly prefix: string;
  /** The unix socket on which its workers speak uwsgi. */
  readonly socket: string;
  /** Requests under way at once; more wait. */
  readonly maxInFlight: number;
}

/** Milliseconds to connect: a unix socket that the master keeps open takes none, unless its backlog is full. */
const CONNECT_TIMEOUT = 5_000;

/**
 * One router for each app, chosen by the longest prefix whose segments the path begins with.
 * @param queueTimeout seconds
 */
export function routedApp(options: {
  readonly routes: readonly RouteOptions[];
  readonly queueLimit: number;
  readonly queueTimeout: number;
  readonly log: Log;
}): App {
  const { queueLimit, queueTimeout, log } = options;
  const apps = options.routes
    .map(({ prefix, socket, maxInFlight }) => ({
      prefix,
      app: routerApp({
        backends: [socket],
        maxInFlight,
        queueLimit,
        queueTimeout: queueTimeout * 1000,
        connectTimeout: CONNECT_TIMEOUT,
        log,
      }),
    }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  return {
    kind: "router",
    handle(exchange: Exchange) {
      const path = exchange.request.target.split("?", 1)[0]!;
      const route =
        apps.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`)) ?? apps.at(-1)!;
      return route.app.handle(exchange);
    },
    async close() {
      await Promise.all(apps.map(({ app }) => app.close?.()));
    },
  };
}
