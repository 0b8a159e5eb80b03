import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import type { Upstream } from "../site-input.ts";

/** Idle connections to keep for each worker, and for all of them: each costs a descriptor on both sides. */
const KEPT_PER_WORKER = 32;
const KEPT_IN_ALL = 256;

/** The workers of each app. */
export const upstreams = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    draft.http.push(...[draft.main, ...draft.mounts].map(upstream));
  },
});

function upstream({ id, servers, wire }: Upstream): string[] {
  const lines = [`upstream ${id} {`];
  if (servers.length > 1) {
    lines.unshift(
      "# One socket for each worker: sharing one, NGINX could neither spread the load nor keep connections.",
    );
    lines.push(
      // About 500 bytes a server beside what the zone itself needs.
      `    zone ${id} ${servers.length > 32 ? 32 + 2 * servers.length : 64}k;  # so that NGINX's workers count together`,
      "    least_conn;",
      "",
      "    # max_fails=0: the sockets outlive the workers, so one failure says nothing about the next request.",
    );
    for (const address of servers) lines.push(`    server ${quote(address)} max_fails=0;`);
  } else {
    lines.push(`    server ${quote(servers[0]!)};`);
  }
  // NGINX cannot keep uwsgi connections: it closes them after each request.
  if (wire !== "uwsgi") {
    const kept = Math.min(KEPT_IN_ALL, KEPT_PER_WORKER * servers.length);
    lines.push("", `    keepalive ${kept};  # idle connections that each of NGINX's workers keeps`);
  }
  return [...lines, "}"];
}
