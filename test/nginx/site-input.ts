import { USUAL_CAPABILITIES } from "../../src/nginx/capabilities.ts";
import { NOTHING_FOUND } from "../../src/nginx/found/found.ts";
import { printSite } from "../../src/nginx/print.ts";
import { createSite } from "../../src/nginx/site.ts";
import type { SiteInput } from "../../src/nginx/site-input.ts";

/** Settings of [nginx] as the ini gives them, on lines from 10. */
export function settings(...pairs: (readonly [string, string])[]): SiteInput["settings"] {
  return pairs.map(([name, value], i) => ({ name, value, origin: { file: "hello.ini", line: 10 + i } }));
}

export function siteInput(changes: Partial<SiteInput> = {}): SiteInput {
  return {
    name: "hello",
    file: "hello.ini",
    chdir: "/var/www/app",
    settings: [],
    upstream: { wire: "http", sockets: ["hello.1.sock", "hello.2.sock"] },
    mounts: [],
    limitPost: 0,
    harakiri: 0,
    staticMap: [],
    found: NOTHING_FOUND,
    hasIpv6: true,
    nginx: USUAL_CAPABILITIES,
    runtimeFolder: "/run/portico",
    stateFolder: "/var/cache/portico/nginx",
    exists: () => true,
    ...changes,
  };
}

export function siteText(changes: Partial<SiteInput> = {}): string {
  return printSite(createSite(siteInput(changes)));
}
