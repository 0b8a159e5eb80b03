import type { Capabilities } from "./capabilities.ts";
import type { Found } from "./found/found.ts";

/** A setting of the ini's `[nginx]` section, as text with its origin, `{ file, line }`. */
export interface NginxSetting {
  readonly name: string;
  readonly value: string;
  readonly origin: unknown;
}

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
  /** What is in the app for NGINX to serve, besides. */
  readonly found: Found;
  /** What workers know this site by, and no client does; undefined: nothing is said. */
  readonly token?: string | undefined;
  /** Whether this machine has IPv6. */
  readonly hasIpv6: boolean;
  /** What the NGINX that is to read the site can do. */
  readonly nginx: Capabilities;
  /** Where the files lie that `portico maintenance` makes; absolute. */
  readonly runtimeFolder: string;
  /** Where caches and certificates of the site lie; absolute. */
  readonly stateFolder: string;
  /** Whether a file is there, asked of certificates that a client is yet to fetch. */
  readonly exists: (file: string) => boolean;
}

/** The workers of one app as NGINX sees them. */
export interface Upstream {
  /** Its name, and its zone's. */
  readonly id: string;
  readonly wire: "http" | "uwsgi" | "fastcgi";
  /** As `server` in an upstream takes them: "unix:/run/hello.1.sock", "127.0.0.1:8000". */
  readonly servers: readonly string[];
}

/** A URL prefix that NGINX serves from disk. */
export interface StaticPath {
  /** Starts with a slash and ends without one; "" stands for everything. */
  readonly prefix: string;
  /** Absolute, without a slash at its end. */
  readonly path: string;
  /** One file rather than a directory. */
  readonly file: boolean;
  /** Of files without a hash in their name; undefined: nothing is said of freshness. */
  readonly cacheControl?: string;
  /** Whether a `.gz` or `.br` beside a file is sent in its stead. */
  readonly precompressed?: boolean;
  /** The file of a directory that stands for it: "index.html". */
  readonly index?: string;
  /** What is not there: undefined: the app; "": 404; else a file below `path`. */
  readonly fallback?: string;
  /** Whether no name has a hash in it. */
  readonly unhashed?: boolean;
  /** Whether source maps are left to the app. */
  readonly withoutMaps?: boolean;
  /** Where it was found, when nobody said it. */
  readonly from?: string;
}
