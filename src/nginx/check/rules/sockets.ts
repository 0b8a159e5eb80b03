import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn, socketPath } from "../passes.ts";

/** Sockets that NGINX's workers cannot connect to: every request is a 502. */
export const sockets: Rule = (nodes, { cannotReach }) => {
  const told = new Set<string>();
  return passesIn(nodes).flatMap(({ node, servers, upstream }): Finding[] =>
    servers.flatMap((server): Finding[] => {
      const path = socketPath(server);
      if (path === undefined || path.includes("$") || told.has(path)) return [];
      told.add(path);
      const why = cannotReach(path);
      if (why === undefined) return [];
      const place =
        upstream?.block?.find(({ name, args }) => name === "server" && args[0] === server) ?? node;
      return [at(place, "error", "socket", `NGINX cannot connect to ${path}`, why)];
    }),
  );
};
