/** Which files are served without the app, and how. Paths are absolute. */
export interface StaticOptions {
  /** check-static: directories in which every path is looked for. */
  readonly directories: readonly string[];
  /** static-map: [URL prefix, directory or file]; what follows the prefix is looked for. */
  readonly maps: readonly (readonly [string, string])[];
  /** static-map2: as `maps`, but the whole path is looked for, the prefix too. */
  readonly wholeMaps: readonly (readonly [string, string])[];
  /** static-index: what is served for a directory, the first that is there. */
  readonly index: readonly string[];
  /** static-safe: directories outside of the mapped one that links may lead to. */
  readonly safe: readonly string[];
  /** static-skip-ext: ends of names that are left to the app. */
  readonly skipped: readonly string[];
  /** static-gzip-all: whether `a.css.br`, `.zst` or `.gz` goes in the place of `a.css`. */
  readonly precompressed: boolean;
  /** static-expires, of the file's path: [regular expression, seconds]; the first that matches counts. */
  readonly expires: readonly (readonly [string, number])[];
  /** static-expires-uri, of the request's target. */
  readonly expiresUri: readonly (readonly [string, number])[];
  /** static-expires-type, of the media type: ["text/css", seconds]. */
  readonly expiresType: readonly (readonly [string, number])[];
  /** mimefile: files in the form of /etc/mime.types, whose types go before the built-in ones. */
  readonly mimeFiles: readonly string[];
}
