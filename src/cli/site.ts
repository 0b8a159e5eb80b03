import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import { mountSocketPath, type Plan, planOf } from "../master/plan.ts";
import { registryFolder } from "../master/registry.ts";
import { type Capabilities, USUAL_CAPABILITIES } from "../nginx/capabilities.ts";
import { type Found, NOTHING_FOUND } from "../nginx/found/found.ts";
import { prepareSite } from "../nginx/prepare.ts";
import { printSite } from "../nginx/print.ts";
import { createSite, type Site } from "../nginx/site.ts";
import type { SiteInput, SiteUpstream } from "../nginx/site-input.ts";
import type { Nginx } from "../nginx/system.ts";
import { type Address, formatAddress } from "../options/address.ts";
import type { Config } from "../options/config.ts";
import { foundIn } from "./found.ts";
import { type Program, UsageError } from "./program.ts";
import { siteToken } from "./site-token.ts";

/**
 * The NGINX site of an app server.
 * @param nginx the one it is for, where there is one
 * @param found what there is in the app for it to serve, where files count
 * @throws SiteError, UsageError where there is nothing to put in front of.
 */
export function siteOf(
  config: Config,
  program: Program,
  nginx?: Capabilities,
  found: Found = NOTHING_FOUND,
): Site {
  const plan = planOf(config, "/");
  return createSite({
    ...facts(config, program, nginx),
    upstream: upstream(config, plan),
    mounts: mounts(config, plan),
    found,
    hasIpv6: hasIpv6(),
  });
}

/** The site that Portico is to be by itself: where it listens, and with what. A bare port is all addresses. */
export function ownSiteOf(config: Config, program: Program): Site {
  const upstream = { wire: "http", addresses: ["127.0.0.1:0"] } as const;
  return createSite({
    ...facts(config, program),
    upstream,
    mounts: [],
    found: NOTHING_FOUND,
    hasIpv6: false,
  });
}

function facts(
  config: Config,
  program: Program,
  nginx?: Capabilities,
): Omit<SiteInput, "upstream" | "mounts" | "found" | "hasIpv6"> {
  return {
    name: config.name,
    file: config.file,
    chdir: config.chdir,
    settings: config.siteSettings.map(({ name, value, origin }) => ({ name, value, origin })),
    limitPost: config.limitPost,
    harakiri: config.harakiri,
    staticMap: config.staticMap,
    token: siteToken(config, program),
    nginx: nginx ?? USUAL_CAPABILITIES,
    runtimeFolder: registryFolder(program.env, process.getuid!(), program.temporary),
    stateFolder: siteStateFolder(program),
    exists: existsSync,
  };
}

/** Where caches and certificates of sites lie. */
export function siteStateFolder({ cache }: Program): string {
  return join(cache, "nginx");
}

/** Whether this machine has IPv6. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family }) => family === "IPv6"),
  );
}

/** A site as NGINX reads it, and what was found in the app for it, a line each. */
export interface SiteText {
  readonly text: string;
  readonly found: readonly string[];
}

/** The site with what is found in the app; what was left out of it is told to people. */
export async function wholeSite(config: Config, program: Program, nginx?: Nginx): Promise<Site> {
  const site = siteOf(config, program, nginx, await foundIn(config, program, nginx));
  for (const note of site.notes) program.err(`portico: ${note}\n`);
  return site;
}

/** The same, and what the site needs on disk is made. */
export async function preparedSite(config: Config, program: Program, nginx: Nginx): Promise<SiteText> {
  const site = await wholeSite(config, program, nginx);
  await prepareSite(site);
  return { text: printSite(site), found: site.found };
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
