import { spawnSync } from "node:child_process";
import { chownSync, rmSync } from "node:fs";
import type { Route, RouterConfig } from "../channel/messages.ts";
import type { Credentials } from "./user.ts";

/** How many were made: each router has its own, also while one takes another's place. */
let made = 0;

/**
 * Makes the FIFOs from which Python workers take a router's requests (docs/adr/0023).
 * @returns the router's configuration with them, and their paths
 * @throws Error where one cannot be made
 */
export function makeQueues(
  config: RouterConfig,
  owner: Credentials,
): { readonly config: RouterConfig; readonly paths: readonly string[] } {
  const routes = config.routes.map(
    (route): Route =>
      route.kept ? { ...route, queue: makeFifo(`${route.socket}.${++made}`, owner) } : route,
  );
  return { config: { ...config, routes }, paths: routes.flatMap(({ queue }) => queue ?? []) };
}

export function removeQueues(paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

/** One that only its owner may open. Node has no call for it, POSIX a command: mkfifo(1). @returns its path */
function makeFifo(path: string, { uid, gid }: Credentials): string {
  const { error, status, stderr } = spawnSync("mkfifo", ["-m", "600", path], { encoding: "utf8" });
  if (error || status !== 0)
    throw new Error(`Cannot make the queue ${path}: mkfifo: ${error?.message ?? stderr.trim()}`);
  if (uid !== undefined || gid !== undefined) chownSync(path, uid ?? -1, gid ?? -1);
  return path;
}
