import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn, socketPath } from "../passes.ts";
import { find } from "../tree.ts";

const METHODS = ["least_conn", "ip_hash", "hash", "random", "least_time", "sticky"];

/** How load is spread over workers. */
export const balance: Rule = (nodes, { app }) => [
  ...find(nodes, "upstream").flatMap((upstream): Finding[] => {
    const inside = upstream.block ?? [];
    const names = new Set(inside.map(({ name }) => name));
    const servers = inside.filter(({ name, args }) => name === "server" && !args.includes("backup"));
    if (servers.length < 2) return [];
    const write: string[] = [];
    if (!METHODS.some((method) => names.has(method))) write.push("least_conn;");
    if (!names.has("zone")) write.unshift(`zone ${upstream.args[0]} 64k;`);
    if (write.length === 0) return [];
    return [
      at(
        upstream,
        "advice",
        "balance",
        `upstream ${upstream.args[0]} deals requests out in turn`,
        "a worker that has a slow request gets the next one too; with a zone NGINX's workers count together",
        write,
      ),
    ];
  }),
  ...passesIn(nodes).flatMap(({ node, servers }): Finding[] => {
    const [socket] = servers.map(socketPath);
    const own = app?.workerSockets ?? [];
    if (servers.length !== 1 || socket === undefined || own.length === 0 || !app?.sockets.includes(socket))
      return [];
    return [
      at(
        node,
        "advice",
        "worker-sockets",
        "all workers are reached over the socket that they share",
        "each has one of its own that speaks HTTP and keeps connections: measured half again as many requests a second. `portico nginx print` writes the whole site so",
        [
          "upstream app {",
          "    zone app 64k;",
          "    least_conn;",
          ...own.map((path) => `    server unix:${path} max_fails=0;`),
          `    keepalive ${Math.min(256, 32 * own.length)};`,
          "}",
        ],
      ),
    ];
  }),
];
