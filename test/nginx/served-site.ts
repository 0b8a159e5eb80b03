import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import path from "node:path";
import { installSite } from "../../src/nginx/install.ts";
import { prepareSite } from "../../src/nginx/prepare.ts";
import { printSite } from "../../src/nginx/print.ts";
import { createSite, type Site } from "../../src/nginx/site.ts";
import type { SiteInput } from "../../src/nginx/site-input.ts";
import {
  type Answer,
  backend,
  freePort,
  get,
  type OtherNginx,
  privateSiteNginx,
  type Scope,
} from "./private-site-nginx.ts";
import { settings, siteInput } from "./site-input.ts";

/** A generated site in a real NGINX of the test's own, with an app behind it. */
export interface ServedSite {
  readonly port: number;
  /** Where the site's files are: chdir, logs, state. */
  readonly directory: string;
  readonly site: Site;
  get(target?: string, headers?: Record<string, string>): Promise<Answer>;
}

/**
 * @param pairs of `[nginx]`, without listen; $DIR stands for the directory
 * @param app answers for the app server, over HTTP
 * @param setUp lays out files before NGINX starts
 * @param other an NGINX that is not the machine's
 */
export async function serveSite(
  scope: Scope,
  pairs: readonly (readonly [string, string])[],
  app: RequestListener,
  {
    setUp,
    other,
    ...changes
  }: Partial<SiteInput> & {
    setUp?: (directory: string) => void | Promise<void>;
    other?: OtherNginx;
  } = {},
): Promise<ServedSite> {
  const own = privateSiteNginx(scope, other);
  const { directory } = own;
  await setUp?.(directory);
  await backend(scope, path.join(directory, "a.sock"), app);
  const port = await freePort();
  const filled = pairs.map(
    ([name, value]) => [name, value.replaceAll("$DIR", directory).replaceAll("$PORT", String(port))] as const,
  );
  const listens = filled.some(([name]) => name === "listen");
  const site = createSite(
    siteInput({
      chdir: directory,
      hasIpv6: false,
      upstream: { wire: "http", sockets: ["a.sock"] },
      nginx: own.nginx,
      runtimeFolder: path.join(directory, "run"),
      stateFolder: path.join(directory, "state"),
      settings: settings(...(listens ? [] : [["listen", String(port)] as const]), ...filled),
      ...changes,
    }),
  );
  await prepareSite(site);
  const results = await installSite(own.nginx, printSite(site), "hello");
  assert.equal(results.at(-1)?.outcome, "done", `${results.at(-1)?.detail}\n${printSite(site)}`);
  return { port, directory, site, get: (target, headers) => get(port, target, headers) };
}
