import type { Server } from "node:net";
import type { Config } from "../options/config.ts";
import { type Orders, serveControl } from "./control.ts";
import type { MasterOptions } from "./master-options.ts";

/**
 * Leaves the note by which commands find this instance, and obeys them on its control socket.
 * @returns the socket's server; undefined where there is no registry, or note or socket cannot be made, which is told
 */
export async function register(
  { registry, cwd, log }: Pick<MasterOptions, "registry" | "cwd" | "log">,
  { name, chdir, file, daemonize, logto }: Config,
  orders: Orders,
): Promise<Server | undefined> {
  if (!registry) return undefined;
  try {
    const instance = registry.add({ pid: process.pid, name, chdir, cwd, file, log: daemonize ?? logto });
    return await serveControl(instance.control, orders);
  } catch (error) {
    log.warn(`status, reload and stop will not find this instance: ${(error as Error).message}`);
    return undefined;
  }
}
