import { networkInterfaces } from "node:os";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import { printSite } from "../nginx/print.ts";
import { createSite, type Site, type SiteUpstream } from "../nginx/site.ts";
import { formatAddress } from "../options/address.ts";
import type { Config } from "../options/config.ts";
import { UsageError } from "./program.ts";

/** The NGINX site of an app server. @throws SiteError, UsageError where there is nothing to put in front of. */
export function siteOf(config: Config): Site {
  return createSite({
    name: config.name,
    file: config.file,
    chdir: config.chdir,
    settings: config.nginx.map(({ name, value, origin }) => ({ name, value, origin })),
    upstream: upstream(config),
    limitPost: config.limitPost,
    harakiri: config.harakiri,
    staticMap: config.staticMap,
    hasIpv6: Object.values(networkInterfaces()).some((addresses) =>
      addresses?.some(({ family }) => family === "IPv6"),
    ),
  });
}

export function siteText(config: Config): string {
  return printSite(siteOf(config));
}

/** The fastest way to the workers that they offer (docs/DESIGN.md): HTTP, kept, a socket for each worker. */
function upstream(config: Config): SiteUpstream {
  const [shared] = config.socket;
  if (shared?.kind === "unix" && !shared.path.startsWith("\0") && config.workerSockets)
    return {
      wire: "http",
      sockets: Array.from({ length: config.processes }, (_, i) => workerSocketPath(shared.path, i + 1)),
    };
  const choices = [
    { wire: "http" as const, address: config.httpSocket[0] },
    { wire: "fastcgi" as const, address: config.fastcgiSocket[0] },
    { wire: config.protocol, address: shared },
  ];
  for (const { wire, address } of choices) {
    if (address?.kind === "unix") return { wire, sockets: [sharedSocketPath(address.path)] };
    if (address && wire === "http")
      return { wire, addresses: [formatAddress({ ...address, host: address.host || "127.0.0.1" })] };
  }
  throw new UsageError(
    "No site to write: NGINX reaches the workers over a unix socket (socket = hello.sock) or http-socket, and the configuration has neither",
  );
}
