import type { Server } from "node:net";
import type { Config } from "../options/config.ts";
import { type Orders, serveControl } from "./control.ts";
import type { Registry } from "./registry.ts";

/**
 * Leaves the note by which commands find this instance, and obeys them on its control socket.
 * @returns the socket's server; undefined where there is no registry
 * @throws Error where note or socket cannot be made
 */
export async function register(
  registry: Registry | undefined,
  { name, chdir, file, daemonize, logto }: Config,
  cwd: string,
  orders: Orders,
): Promise<Server | undefined> {
  if (!registry) return undefined;
  const instance = registry.add({ pid: process.pid, name, chdir, cwd, file, log: daemonize ?? logto });
  return serveControl(instance.control, orders);
}
