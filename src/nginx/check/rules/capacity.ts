import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn } from "../passes.ts";
import { find } from "../tree.ts";

/** NGINX's own where nothing is set. */
const CONNECTIONS = 512;

/** How many connections NGINX can hold; only of a whole configuration. */
export const capacity: Rule = (nodes, { openFiles }) => {
  const [events] = find(nodes, "events");
  if (events === undefined) return [];
  const findings: Finding[] = [];
  const [workers] = find(nodes, "worker_processes");
  if (workers === undefined)
    findings.push(
      at(
        events,
        "advice",
        "one-worker",
        "worker_processes is not set: NGINX has one worker",
        "one core is all that it uses",
        ["worker_processes auto;"],
      ),
    );
  const [set] = find(nodes, "worker_connections");
  const connections = Number(set?.args[0] ?? CONNECTIONS);
  const limit = find(nodes, "worker_rlimit_nofile")[0];
  const files = limit === undefined ? openFiles : Number(limit.args[0]);
  if (files !== undefined && connections > files)
    findings.push(
      at(
        set ?? events,
        "warning",
        "open-files",
        `${connections} worker_connections, and a worker may have ${files} files open`,
        "each connection is an open file: beyond the limit NGINX refuses clients (24: Too many open files)",
        [`worker_rlimit_nofile ${connections * 2};`],
      ),
    );
  else if (connections < 1024 && passesIn(nodes).length > 0)
    findings.push(
      at(
        set ?? events,
        "advice",
        "few-connections",
        `${connections} connections for a worker of NGINX`,
        "a request that is passed on takes two, and every idle client one",
        ["worker_connections 4096;"],
      ),
    );
  return findings;
};
