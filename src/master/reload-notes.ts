import { type Config, restartNeeded } from "../options/config.ts";
import type { WorkerCounts } from "./worker-counts.ts";

/**
 * What to tell of a reload that went well.
 * @param workers where NGINX is told of a socket for each
 */
export function reloadNotes(before: Config, after: Config, workers: WorkerCounts | undefined): string[] {
  const { isDeepStrictEqual } = process.getBuiltinModule("node:util");
  const names: string[] = restartNeeded(before, after);
  if (!isDeepStrictEqual(places(before), places(after))) names.push("listen of [nginx]");
  const notes = names.length === 0 ? [] : [`changed, but only a restart applies it: ${names.join(", ")}`];
  // What is in the site goes on to answer: sockets are dealt out anew.
  if (workers && workers.main !== workers.mainBefore && before.nginx !== "private" && before.nginx !== "off")
    notes.push(
      `there are ${workers.main} workers now, and were ${workers.mainBefore}: the site that Portico wrote for the machine's NGINX, if any, names a socket for each; portico up writes it anew, as does portico nginx install`,
    );
  return notes;
}

/** Where it listens because `[nginx]` says so. */
function places({ siteListeners }: Config): unknown {
  return siteListeners.map(({ address, redirect, tls }) => ({
    address,
    redirect,
    secure: tls !== undefined,
  }));
}
