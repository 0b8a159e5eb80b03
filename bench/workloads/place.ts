import { chmodSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../machine/ask.ts";
import type { Place } from "../machine/server.ts";
import type { Bench } from "./workload.ts";

/** A free port and a directory of its own, which others may enter: NGINX, workers that are not root. */
export async function placeFor(bench: Bench, pinned: boolean): Promise<Place> {
  const dir = mkdtempSync(join(bench.scratch, "server-"));
  chmodSync(dir, 0o755);
  return { port: await freePort(), dir, cpus: pinned ? bench.cpus.servers : undefined, env: {} };
}
