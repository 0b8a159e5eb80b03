import type { Feature, OpenFeature } from "./feature.ts";
import { access } from "./features/access.ts";
import { answerHeaders } from "./features/answer-headers.ts";
import { auth } from "./features/auth.ts";
import { bodySize } from "./features/body-size.ts";
import { buffering } from "./features/buffering.ts";
import { cache } from "./features/cache.ts";
import { compression } from "./features/compression.ts";
import { identity } from "./features/identity.ts";
import { include } from "./features/include.ts";
import { listen } from "./features/listen.ts";
import { logging } from "./features/logging.ts";
import { maintenance } from "./features/maintenance.ts";
import { otherHosts } from "./features/other-hosts.ts";
import { realIp } from "./features/real-ip.ts";
import { securityHeaders } from "./features/security-headers.ts";
import { staticFiles } from "./features/static-files.ts";
import { strictPaths } from "./features/strict-paths.ts";
import { throttle } from "./features/throttle.ts";
import { timeouts } from "./features/timeouts.ts";
import { tls } from "./features/tls.ts";
import { toApp } from "./features/to-app.ts";
import { upstreams } from "./features/upstreams.ts";
import { usualFiles } from "./features/usual-files.ts";
import { nearest } from "./nearest.ts";
import { wanted } from "./setting-values.ts";
import { originPrefix, SiteError } from "./site-error.ts";
import type { NginxSetting } from "./site-input.ts";

/** All that a site can do, in the order in which it is written. */
export const FEATURES: readonly Feature[] = [
  listen,
  bodySize,
  upstreams,
  toApp,
  buffering,
  timeouts,
  realIp,
  identity,
  access,
  auth,
  throttle,
  cache,
  answerHeaders,
  strictPaths,
  staticFiles,
  usualFiles,
  tls,
  otherHosts,
  securityHeaders,
  compression,
  logging,
  maintenance,
  include,
];

/**
 * Reads the section. Relative paths are taken from `chdir`.
 * @returns every feature with what was said about it
 * @throws SiteError for a setting that does not exist or whose value cannot stand in a site file.
 */
export function readSettings(settings: readonly NginxSetting[], chdir: string): OpenFeature[] {
  const byName = new Map<string, OpenFeature>();
  const all = FEATURES.map((feature) => {
    const open = feature.begin();
    for (const name of Object.keys(feature.settings)) byName.set(name, open);
    return open;
  });
  for (const { name, value, origin } of settings) {
    const open = byName.get(name);
    if (open === undefined) throw unknown(name, [...byName.keys()], origin);
    const where = `${originPrefix(origin)}Cannot set ${name}: `;
    try {
      if (/[\x00-\x1f\x7f]/.test(value)) throw wanted("one line of plain text", value);
      open.read(name, value.trim(), { chdir, where });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SiteError(`${where}${reason}`, { cause: error });
    }
  }
  return all;
}

function unknown(name: string, known: readonly string[], origin: unknown): SiteError {
  const near = nearest(name, known);
  const hint = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
  return new SiteError(`${originPrefix(origin)}Unknown setting "${name}" in [nginx]: ${hint}`);
}
