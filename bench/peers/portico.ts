import { join } from "node:path";
import { type Place, type Running, start } from "../machine/server.ts";
import { named } from "./node.ts";
import type { Peer, Tools } from "./peer.ts";

const root = join(import.meta.dirname, "..", "..");

/** Runs Portico from its sources, as bin/portico does; its state and its compile cache in directories of the bench. */
export function startPortico(
  place: Place,
  { node }: Tools,
  args: readonly string[],
  main = join(root, "src", "main.ts"),
): Promise<Running> {
  const env = {
    PORTICO_RUNTIME_DIR: join(place.dir, "run"),
    PORTICO_CACHE_DIR: join(place.dir, "..", "portico-cache"),
    ...place.env,
  };
  return start({ ...place, env: { NODE_COMPILE_CACHE: env.PORTICO_CACHE_DIR, ...env } }, [
    node,
    "--v8-pool-size=0",
    "--disable-warning=ExperimentalWarning",
    main,
    ...args,
    "--disable-logging",
    "--vacuum",
  ]);
}

/** An app of `apps/` on Portico over HTTP. */
function direct(name: string, app: string, workers = 1): Peer {
  return {
    name: named(name, workers),
    start: (place, tools) =>
      startPortico(place, tools, [
        join(root, "bench", "apps", `${app}.ts`),
        `--processes=${workers}`,
        `--http-socket=127.0.0.1:${place.port}`,
      ]),
    async reload(running) {
      process.kill(running.master!, "SIGHUP");
    },
  };
}

export const porticoFetch = (workers = 1): Peer => direct("Portico, fetch handler", "fetch", workers);
export const porticoListener = direct("Portico, (req, res)", "listener");
export const porticoHono = direct("Portico, Hono", "hono");
export const porticoExpress = direct("Portico, Express 5", "express");
export const porticoRoutes = direct("Portico, Hono", "hono-routes");

/** `portico hello.ts`, as a person types it: one worker a core unless `workers` says otherwise. */
function hello(name: string, env: (place: Place) => NodeJS.ProcessEnv, workers?: number): Peer {
  return {
    name,
    start: (place, tools) =>
      startPortico({ ...place, env: env(place) }, tools, [
        join(root, "bench", "apps", "hello.ts"),
        `--http-socket=127.0.0.1:${place.port}`,
        ...(workers === undefined ? [] : [`--processes=${workers}`]),
      ]),
  };
}

export const porticoHello = hello("portico hello.ts", () => ({}));
export const porticoHelloOne = hello("portico hello.ts --processes=1", () => ({}), 1);
export const porticoHelloFirst = hello("portico hello.ts, the very first time", (place) => ({
  PORTICO_CACHE_DIR: join(place.dir, "cache"),
}));

/** The same from the package as it is published: compiled, its types gone. */
export const porticoPackage: Peer = {
  name: "portico hello.ts, from the package",
  needs: "portico",
  start: (place, tools) =>
    startPortico(
      place,
      tools,
      [join(root, "bench", "apps", "hello.ts"), `--http-socket=127.0.0.1:${place.port}`],
      tools.programs["portico"],
    ),
};

/** A Python app of `python/` on Portico over HTTP: a router, and workers behind it. */
export function porticoRouter(app: string, workers: number): Peer {
  return {
    name: `Portico, router + ${workers} worker${workers === 1 ? "" : "s"}`,
    needs: "venv",
    start: (place, tools) =>
      startPortico(place, tools, [
        ...python(app, tools),
        `--processes=${workers}`,
        `--http-socket=127.0.0.1:${place.port}`,
      ]),
    async reload(running) {
      process.kill(running.master!, "SIGHUP");
    },
  };
}

/** The options of a Python app. */
export function python(app: string, { venv }: Tools): string[] {
  return [
    "--plugin=python3",
    `--chdir=${join(root, "bench", "python")}`,
    `--module=${app}:application`,
    `--virtualenv=${venv}`,
  ];
}
