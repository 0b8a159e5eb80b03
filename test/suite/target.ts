import type { HttpClient } from "../support/http-client.ts";

export const WIRES = ["HTTP direct", "NGINX proxy_pass", "NGINX uwsgi_pass", "NGINX fastcgi_pass"] as const;
export type Wire = (typeof WIRES)[number];

/** The apps of the suite, by their file in apps/. */
export const APPS = {
  fetch: "a fetch handler",
  hono: "Hono",
  express: "Express 5",
  fastify: "Fastify 5",
  koa: "Koa 3",
  listener: "a bare (req, res) listener",
} as const;
export type AppName = keyof typeof APPS;

/** All of apps/: some are there for one test. */
export type AppFile = AppName | "http-server";

/** One cell of the table: an app, behind a wire, and a client for it. */
export interface Target {
  readonly app: AppName;
  readonly wire: Wire | "NGINX uwsgi_pass over TCP";
  readonly client: HttpClient;
}

let lastId = 0;

/** A name that a request gives itself, so that another can ask after it. */
export function freshId(): string {
  lastId += 1;
  return `request-${lastId}`;
}
