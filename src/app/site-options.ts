/** What `[nginx]` says of files, for listeners without an NGINX in front. Paths on disk are absolute. */
export interface SiteOptions {
  readonly folders: readonly SiteFolder[];
  /** Paths, with all below, that are somebody else's whatever is on disk. */
  readonly direct: readonly { readonly path: string; readonly anyCase: boolean }[];
  /** Regular expressions of paths whose files have a hash of their content in the name. */
  readonly hashed: readonly string[];
  /** What /favicon.ico is; "": nothing (204); undefined: what it is elsewhere. */
  readonly favicon?: string;
  /** What /robots.txt is; "": one that asks crawlers to stay away. */
  readonly robots?: string;
  /** Directories that links may lead to. */
  readonly safe: readonly string[];
}

/** Files below a URL prefix. */
export interface SiteFolder {
  /** Starts with a slash and ends without one; "" stands for everything. */
  readonly prefix: string;
  readonly path: string;
  /** One file rather than a directory. */
  readonly file: boolean;
  /** Of files without a hash in their name; undefined: nothing is said of freshness. */
  readonly cacheControl?: string;
  readonly precompressed?: boolean;
  /** The file of a directory that stands for it. */
  readonly index?: string;
  /** What is not there: undefined: the app; "": 404; else a file below `path`. */
  readonly fallback?: string;
  /** static-map names it: its own rules hold. */
  readonly mapped?: true;
}
