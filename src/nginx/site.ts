import path from "node:path";
import { SiteDraft, type SiteTls } from "./draft.ts";
import { difference, effective } from "./effective.ts";
import { locationsOf } from "./locations.ts";
import type { SelfSigned } from "./self-signed.ts";
import { readSettings } from "./settings.ts";
import { SiteError } from "./site-error.ts";
import { siteId } from "./site-id.ts";
import type { SiteInput, SiteUpstream, Upstream } from "./site-input.ts";

/** A block of lines. */
export type Block = readonly string[];

/** A site, decided; `printSite` only writes it down. */
export interface Site extends Upstream {
  /** The base name of the ini. */
  readonly file: string | undefined;
  /** `portico_…`, [a-z0-9_], unlike for any two names: the upstream, its zone, the variables' beginning. */
  readonly id: string;
  /** The words of each `listen`. */
  readonly listen: readonly (readonly string[])[];
  readonly serverNames: readonly string[];
  /** What stands outside of the server. */
  readonly http: readonly Block[];
  /** What stands in it, behind `listen` and `server_name`. */
  readonly server: readonly Block[];
  /** Whole servers besides. */
  readonly others: readonly Block[];
  /** What was left out, or wants doing by people; a sentence each. */
  readonly notes: readonly string[];
  /** What was found in the app and is served, a line each: "/static is /srv/app/static: STATIC_ROOT of …". */
  readonly found: readonly string[];
  /** Folders that NGINX wants to be there before it reads the site. */
  readonly folders: readonly string[];
  /** A key pair for development that is to be made; undefined: none is wanted. */
  readonly selfSigned: SelfSigned | undefined;
  /** How it speaks TLS; undefined: it does not. */
  readonly tls: SiteTls | undefined;
  /** Where it keeps answers (cache-files.ts). */
  readonly cacheFolders: readonly string[];
}

/**
 * Decides the site from the settings of `[nginx]` and the app server's sockets.
 * @throws SiteError with file and line for a setting that does not exist or cannot be used.
 */
export function createSite(input: SiteInput): Site {
  checkName(input.name);
  // NGINX expands a `$` in paths, and has no way to write a plain one.
  for (const folder of [input.runtimeFolder, input.stateFolder])
    if (/[\x00-\x1f\x7f$]/.test(folder))
      throw new SiteError(
        `Cannot write a site: expected a folder without $ and control characters: got ${JSON.stringify(folder)}`,
      );
  const features = readSettings(input.settings, input.chdir);
  const main: Upstream = {
    id: siteId(input.name),
    wire: input.upstream.wire,
    servers: servers(input.upstream, input.chdir),
  };
  const mounts = input.mounts.map(({ prefix, upstream }) => ({
    prefix,
    id: siteId(`${input.name}${prefix}`),
    wire: upstream.wire,
    servers: servers(upstream, input.chdir),
  }));
  const draft = new SiteDraft(input, main, mounts);
  for (const feature of features) feature.add(draft);
  for (const finish of draft.later) finish();
  const outside = effective(draft, "", draft.main);
  const inherited = new Map([...outside].filter(([family]) => !draft.inLocations.has(family)));
  return {
    ...main,
    file: input.file === undefined ? undefined : path.basename(input.file),
    listen: draft.listen,
    serverNames: draft.serverNames,
    http: draft.http,
    server: [
      ...draft.server,
      ...difference(draft, inherited, new Map()),
      ...draft.locations,
      ...locationsOf(draft),
      ...draft.last,
    ],
    others: draft.servers,
    notes: draft.notes,
    found: draft.found,
    folders: draft.folders,
    cacheFolders: draft.cacheFolders,
    selfSigned: draft.selfSigned,
    tls: draft.tls,
  };
}

/** Also the name of a file, so no slash, and no dot in front. @throws SiteError */
export function checkName(name: string): void {
  if (!/^[A-Za-z\d][\w.-]{0,63}$/.test(name))
    throw new SiteError(
      `Cannot name a site ${JSON.stringify(name)}: expected up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first`,
    );
}

function servers(upstream: SiteUpstream, chdir: string): string[] {
  const found =
    "sockets" in upstream
      ? upstream.sockets.map((socket) => `unix:${path.resolve(chdir, socket)}`)
      : [...upstream.addresses];
  if (found.length === 0)
    throw new SiteError("Cannot write a site: the app server has no socket that NGINX could reach");
  const bad = found.find((server) => /[\x00-\x1f\x7f]/.test(server));
  if (bad !== undefined)
    throw new SiteError(
      `Cannot write a site: expected sockets without control characters: got ${JSON.stringify(bad)}`,
    );
  return found;
}
