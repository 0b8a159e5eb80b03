import { networkInterfaces } from "node:os";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import { mountSocketPath, type Plan, planOf } from "../master/plan.ts";
import { printSite } from "../nginx/print.ts";
import { createSite, type Site, type SiteInput, type SiteUpstream } from "../nginx/site.ts";
import { type Address, formatAddress } from "../options/address.ts";
import type { Config } from "../options/config.ts";
import { UsageError } from "./program.ts";

/** The NGINX site of an app server. @throws SiteError, UsageError where there is nothing to put in front of. */
export function siteOf(config: Config): Site {
  const plan = planOf(config, "/");
  return createSite({
    name: config.name,
    file: config.file,
    chdir: config.chdir,
    settings: config.siteSettings.map(({ name, value, origin }) => ({ name, value, origin })),
    upstream: upstream(config, plan),
    mounts: mounts(config, plan),
    limitPost: config.limitPost,
    harakiri: config.harakiri,
    staticMap: config.staticMap,
    hasIpv6: hasIpv6(),
  });
}

/** Whether this machine has IPv6. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === "IPv6"),
  );
}

export function siteText(config: Config): string {
  return printSite(siteOf(config));
}

/** The fastest way to the workers that they offer (docs/adr/0004): of node's HTTP, kept, over a socket for each. */
function upstream(config: Config, plan: Plan): SiteUpstream {
  const [shared] = config.socket;
  const [main] = plan.pools;
  if (main?.kind === "node" && isFile(shared) && config.workerSockets)
    return {
      wire: "http",
      sockets: Array.from({ length: config.processes }, (_, i) => workerSocketPath(shared.path, i + 1)),
    };
  // Python workers speak uwsgi, and NGINX reaches them directly: no router between.
  const choices = [
    ...(main?.kind === "python" ? [{ wire: config.protocol, address: shared }] : []),
    { wire: "http" as const, address: config.httpSocket[0] },
    { wire: "fastcgi" as const, address: config.fastcgiSocket[0] },
    { wire: config.protocol, address: shared },
  ];
  for (const { wire, address } of choices) {
    if (isFile(address)) return { wire, sockets: [sharedSocketPath(address.path)] };
    if (address?.kind === "tcp" && wire === "http")
      return { wire, addresses: [formatAddress({ ...address, host: address.host || "127.0.0.1" })] };
  }
  throw new UsageError(
    "No site to write: NGINX reaches the workers over a unix socket (socket = hello.sock) or http-socket, and the configuration has neither",
  );
}

/** Apps with workers of their own, where NGINX can reach them. */
function mounts(config: Config, plan: Plan): SiteInput["mounts"] {
  const [shared] = config.socket;
  if (!isFile(shared)) return [];
  return plan.pools
    .filter(({ name }) => name.startsWith("/"))
    .map(({ name }) => ({
      prefix: name,
      upstream: { wire: "uwsgi", sockets: [sharedSocketPath(mountSocketPath(shared.path, name))] },
    }));
}

function isFile(address: Address | undefined): address is Address & { kind: "unix" } {
  return address?.kind === "unix" && !address.path.startsWith("\0");
}
