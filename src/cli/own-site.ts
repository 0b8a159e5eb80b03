import { describeOrigin } from "../ini/setting.ts";
import { parseAddress } from "../options/address.ts";
import { type Config, loadConfig } from "../options/config.ts";
import type { SiteListener } from "../options/site-listener.ts";
import { type Program, UsageError } from "./program.ts";

/** The settings of `[nginx]` that are about TLS listeners: Portico's own keep them where `nginx = off`. */
export const TLS_SETTINGS: ReadonlySet<string> = new Set([
  ...["tls", "self-signed", "listen", "ipv6", "redirect-https", "client-certificate"],
]);

/** Whether `[nginx]` says that the site speaks TLS, with a certificate that is there or is made. */
export function saysTls({ siteSettings }: Pick<Config, "siteSettings">): boolean {
  return siteSettings.some(({ name }) => name === "tls" || name === "self-signed");
}

/**
 * Reads a configuration; with `nginx = off` and TLS in `[nginx]` Portico listens where NGINX would
 * (docs/adr/0016-site-tls.md).
 * @throws ConfigError, SiteError, UsageError
 */
export async function loadInstance(argv: readonly string[], program: Program): Promise<Config> {
  return withSiteListeners(loadConfig(argv, program.environment), program);
}

export async function withSiteListeners(config: Config, program: Program): Promise<Config> {
  if (config.nginx !== "off" || !saysTls(config)) return config;
  const { ownSiteOf } = await import("./site.ts");
  const { makeSelfSigned } = await import("../nginx/self-signed.ts");
  const site = ownSiteOf(config, program);
  if (site.tls === undefined) return config;
  if (site.selfSigned !== undefined) await makeSelfSigned(site.selfSigned);
  const said = config.siteSettings.findLast(({ name }) => name === "tls" || name === "self-signed")!;
  const where = `${describeOrigin(said.origin)}: Cannot set ${said.name}`;
  const { pairs, authorities: authority, redirect } = site.tls;
  const tls = { pairs, authority, where };
  const allIpv4 = config.siteSettings.some(
    ({ name, value }) => name === "ipv6" && /^(?:false|0|no|off)$/i.test(value.trim()),
  );
  const listeners: SiteListener[] = site.listen.map(([text = "", ...flags]) => ({
    address: addressOf(text, allIpv4),
    ...(flags.includes("ssl") && { tls }),
  }));
  if (redirect !== undefined)
    listeners.push({ address: addressOf(String(redirect.from), allIpv4), redirect: redirect.to });
  // :5000 is for whom nothing else is said.
  const httpSocket = config.explicit.has("httpSocket") ? config.httpSocket : [];
  // What options name themselves goes before.
  const taken = new Set(
    [...httpSocket, ...config.httpsSocket.map(({ address }) => address)].map((address) =>
      address.kind === "tcp" ? address.port : 0,
    ),
  );
  return {
    ...config,
    httpSocket,
    siteListeners: listeners.filter(({ address }) => !taken.has(address.port)),
  };
}

/** @throws UsageError for a unix socket */
function addressOf(text: string, allIpv4: boolean): SiteListener["address"] {
  if (text.startsWith("unix:"))
    throw new UsageError(`nginx = off: Portico itself speaks TLS on TCP alone: got listen = ${text}`);
  const address = parseAddress(/(?:^|:)\d+$/.test(text) ? text : `${text}:80`);
  if (address?.kind !== "tcp")
    throw new UsageError(`nginx = off: expected listen = ADDRESS:PORT: got ${text}`);
  return allIpv4 && address.host === "" ? { ...address, host: "0.0.0.0" } : address;
}
