import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { launch, type Place, start, stop } from "../machine/server.ts";
import type { Peer, Tools } from "./peer.ts";

const file = (name: string): string => join(import.meta.dirname, "..", "serve", name);
const where = (place: Place, env: NodeJS.ProcessEnv): Place => ({
  ...place,
  env: { PORT: String(place.port), ...place.env, ...env },
});

/** A server that is a file of ours, run by node, with an npm package that it `needs`. */
function onNode(name: string, script: string, needs?: string, env: NodeJS.ProcessEnv = {}): Peer {
  return {
    name,
    ...(needs === undefined ? {} : { needs }),
    start: (place, { node }) => start(where(place, env), [node, file(script)]),
  };
}

export const nodeHttp = onNode("node:http", "node-http.ts");
export const cluster = (workers: number): Peer =>
  onNode(named("node:cluster + node:http", workers), "cluster.ts", undefined, { WORKERS: String(workers) });
export const fastify = onNode("Fastify", "fastify.ts", "fastify");
export const express = onNode("Express 5", "express.ts", "express");

const hono = "Hono on @hono/node-server";
export const honoNodeServer = onNode(hono, "hono-node-server.ts", "@hono/node-server");
export const honoNodeServerRoutes = onNode(hono, "hono-node-server.ts", "@hono/node-server", {
  APP: "hono-routes",
});
export const srvx = onNode("srvx", "srvx.ts", "srvx", { APP: "fetch" });
export const srvxRoutes = onNode("Hono on srvx", "srvx.ts", "srvx", { APP: "hono-routes" });

function onBun(name: string, app: string): Peer {
  return {
    name,
    needs: "bun",
    start: (place, { programs }) => start(where(place, { APP: app }), [programs["bun"]!, file("bun.ts")]),
  };
}

function onDeno(name: string, app: string): Peer {
  const allow = ["--allow-net", "--allow-env", "--allow-read"];
  return {
    name,
    needs: "deno",
    start: (place, { programs }: Tools) =>
      start(where(place, { APP: app }), [programs["deno"]!, "run", "--no-prompt", ...allow, file("deno.ts")]),
  };
}

export const bun = onBun("Bun.serve", "fetch");
export const bunRoutes = onBun("Hono on Bun.serve", "hono-routes");
export const deno = onDeno("Deno.serve", "fetch");
export const denoRoutes = onDeno("Hono on Deno.serve", "hono-routes");

/** One file of one concern, for what a process costs by itself: time and memory. */
export const bareTs = onNode("node:http, node hello.ts", "hello.ts");
export const bareJs = onNode("node:http, bare process", "bare.js");
export const bunHello = onBun("Bun.serve", "hello");
export const denoHello = onDeno("Deno.serve", "hello");

/** A process that does nothing, to hold a master against. It answers nobody. */
export const idleNode: Peer = {
  name: "node -e, idle",
  async start(place, { node }) {
    const child = launch(place, "server", [node, "-e", "setInterval(() => {}, 1e6)"]);
    await wait(500);
    const pids = (): number[] => [child.pid!];
    return { port: 0, pids, workers: pids, stop: () => stop(child) };
  },
};

/** `name`, and how many workers where that is not one. */
export function named(name: string, workers: number): string {
  return workers === 1 ? name : `${name}, ${workers} workers`;
}
