import type { Nginx } from "../nginx/system.ts";
import type { Config } from "../options/config.ts";
import type { Program } from "./program.ts";
import { siteOf } from "./site.ts";

/** Where a site is asked for. */
export interface SiteAddress {
  readonly port: number;
  /** Whether by TLS. */
  readonly secure: boolean;
}

/** The port that NGINX is to listen on, which without NGINX is Portico's own, and whether by TLS. */
export function siteAddress(config: Config, program: Program, nginx: Nginx | undefined): SiteAddress {
  for (const [address = "", ...flags] of siteOf(config, program, nginx).listen) {
    const port = Number(/(\d+)$/.exec(address)?.[1]);
    const secure = flags.includes("ssl");
    if (port > 0 && (!secure || nginx !== undefined)) return { port, secure };
  }
  return { port: 5000, secure: false };
}

/** As a browser on this machine asks for it. */
export function siteUrl({ port, secure }: SiteAddress): string {
  return `${secure ? "https" : "http"}://localhost:${port}/`;
}
