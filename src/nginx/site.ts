import { createHash } from "node:crypto";
import path from "node:path";
import { type NginxSetting, readSettings, readStatic, type StaticPath } from "./settings.ts";
import { SiteError } from "./site-error.ts";

/** What NGINX speaks to the app server, and where. Sockets are paths, relative ones from `chdir`. */
export type SiteUpstream =
  | { readonly wire: "http" | "uwsgi" | "fastcgi"; readonly sockets: readonly string[] }
  | { readonly wire: "http"; readonly addresses: readonly string[] };

export interface SiteInput {
  /** Names the file, the upstream and the variables: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** The ini, for the header comment. */
  readonly file: string | undefined;
  /** Absolute. */
  readonly chdir: string;
  /** Of `[nginx]`. */
  readonly settings: readonly NginxSetting[];
  readonly upstream: SiteUpstream;
  /** Apps with workers of their own at and below a prefix: "/api". */
  readonly mounts: readonly { readonly prefix: string; readonly upstream: SiteUpstream }[];
  /** Bytes; 0: not set. */
  readonly limitPost: number;
  /** Seconds; 0: off. */
  readonly harakiri: number;
  /** [URL prefix, directory or file] */
  readonly staticMap: readonly (readonly [string, string])[];
  /** Whether this machine has IPv6. */
  readonly hasIpv6: boolean;
}

/** The workers of one app as NGINX sees them. */
export interface Upstream {
  /** Its name, and its zone's. */
  readonly id: string;
  readonly wire: "http" | "uwsgi" | "fastcgi";
  /** As `server` in an upstream takes them: "unix:/run/hello.1.sock", "127.0.0.1:8000". */
  readonly servers: readonly string[];
}

/** A site, decided; `printSite` only writes it down. */
export interface Site extends Upstream {
  /** The base name of the ini. */
  readonly file: string | undefined;
  /** `portico_…`, [a-z0-9_], unlike for any two names: the upstream, its zone, the variables' beginning. */
  readonly id: string;
  /** The words of each `listen`. */
  readonly listen: readonly (readonly string[])[];
  readonly serverNames: readonly string[];
  /** As NGINX writes it: "100m". */
  readonly clientMaxBodySize: string;
  /** As NGINX writes it: "60s". */
  readonly timeout: string;
  readonly statics: readonly StaticPath[];
  readonly includes: readonly string[];
  readonly mounts: readonly (Upstream & { readonly prefix: string })[];
}

/**
 * Decides the site from the settings of `[nginx]` and the app server's sockets.
 * @throws SiteError with file and line for a setting that does not exist or cannot be used.
 */
export function createSite(input: SiteInput): Site {
  checkName(input.name);
  const settings = readSettings(input.settings, input.chdir);
  const listen = settings.listen.length > 0 ? settings.listen : [["5000", "default_server"]];
  return {
    file: input.file === undefined ? undefined : path.basename(input.file),
    id: identifier(input.name),
    listen: input.hasIpv6 && settings.ipv6 ? withIpv6(listen) : listen,
    serverNames: settings.serverNames.length > 0 ? settings.serverNames : ["_"],
    // NGINX's own 1m is what uploads trip over. What the app server takes is right where that is
    // known; without, a limit still stands between a stranger and an app that reads bodies whole.
    clientMaxBodySize: settings.clientMaxBodySize ?? (input.limitPost > 0 ? bytes(input.limitPost) : "100m"),
    // A margin, so that the app server, which knows more, is the one to say that it took too long.
    timeout: settings.timeout ?? (input.harakiri > 0 ? `${Math.ceil(input.harakiri) + 5}s` : "60s"),
    statics: withStaticMap(settings.statics, input),
    includes: settings.includes,
    wire: input.upstream.wire,
    servers: servers(input.upstream, input.chdir),
    mounts: input.mounts.map(({ prefix, upstream }) => ({
      prefix,
      id: identifier(`${input.name}${prefix}`),
      wire: upstream.wire,
      servers: servers(upstream, input.chdir),
    })),
  };
}

/** Also the name of a file, so no slash, and no dot in front. @throws SiteError */
export function checkName(name: string): void {
  if (!/^[A-Za-z\d][\w.-]{0,63}$/.test(name))
    throw new SiteError(
      `Cannot name a site ${JSON.stringify(name)}: expected up to 64 letters, digits, dots, hyphens and underscores, a letter or digit first`,
    );
}

/** With a prefix of its own, since "$http_host" and "$proxy_host" are NGINX's. */
function identifier(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z\d]/g, "_");
  // NGINX takes variables of up to 46 bytes, and `_connection` is put behind. "my-app" and "my_app" are two sites.
  if (plain === name && name.length <= 27) return `portico_${name}`;
  return `portico_${plain.slice(0, 20)}_${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
}

/** `listen 5000` is IPv4 alone, and localhost is ::1 to many a client. */
function withIpv6(listen: readonly (readonly string[])[]): (readonly string[])[] {
  const addresses = new Set(listen.map(([address]) => address));
  return listen.flatMap((words) => {
    const [address = "", ...flags] = words;
    const twin = `[::]:${address}`;
    return /^\d+$/.test(address) && !addresses.has(twin) ? [words, [twin, ...flags]] : [words];
  });
}

/** What the app server would serve from disk, NGINX serves; its own `static` settings go before. */
function withStaticMap(statics: readonly StaticPath[], input: SiteInput): StaticPath[] {
  const byPrefix = new Map<string, StaticPath>();
  try {
    for (const [prefix, file] of input.staticMap) {
      const mapped = readStatic(prefix, file, input.chdir);
      // The first of two wins, as it does in the app server.
      if (!byPrefix.has(mapped.prefix)) byPrefix.set(mapped.prefix, mapped);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SiteError(`Cannot have NGINX serve static-map: ${reason}`, { cause: error });
  }
  for (const own of statics) byPrefix.set(own.prefix, own);
  return [...byPrefix.values()];
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

function bytes(count: number): string {
  if (count % 1024 ** 3 === 0) return `${count / 1024 ** 3}g`;
  if (count % 1024 ** 2 === 0) return `${count / 1024 ** 2}m`;
  if (count % 1024 === 0) return `${count / 1024}k`;
  return String(count);
}
