import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn, socketPath } from "../passes.ts";

/** Servers that NGINX's workers cannot connect to: every request is a 502. */
export const sockets: Rule = (nodes, { cannotReach, nobodyListens }) => {
  const told = new Set<string>();
  return passesIn(nodes).flatMap(({ node, servers, upstream }): Finding[] =>
    servers.flatMap((server): Finding[] => {
      if (server.includes("$") || told.has(server)) return [];
      told.add(server);
      const path = socketPath(server);
      const why = path === undefined ? nobodyListens(server) : cannotReach(path);
      if (why === undefined) return [];
      const place =
        upstream?.block?.find(({ name, args }) => name === "server" && args[0] === server) ?? node;
      return [at(place, "error", "socket", `NGINX cannot connect to ${path ?? server}`, why)];
    }),
  );
};
