import { join } from "node:path";
import { RealDirectory } from "./real-directory.ts";
import type { StaticOptions } from "./static-options.ts";

/** A mapping from a URL's prefix to a directory, or to one file. */
export interface StaticMapping {
  /** The prefix's segments: `/a/b` → `["a", "b"]`. */
  readonly prefix: readonly string[];
  /** How many of a path's first segments are not looked for. */
  readonly dropped: number;
  readonly root: RealDirectory;
}

/** All mappings in uWSGI's order (tried with 2.0.21): check-static, static-map, static-map2. */
export function staticMappings(options: StaticOptions): StaticMapping[] {
  const mapping = (url: string, root: string, drops: boolean): StaticMapping => {
    const prefix = url.split("/").filter((segment) => segment !== "");
    return { prefix, dropped: drops ? prefix.length : 0, root: new RealDirectory(root) };
  };
  return [
    ...options.directories.map((root) => mapping("/", root, true)),
    ...options.maps.map(([url, root]) => mapping(url, root, true)),
    ...options.wholeMaps.map(([url, root]) => mapping(url, root, false)),
  ];
}

/**
 * The segments of a target's path, percent-decoded one by one (RFC 3986, section 2.4), so that an
 * encoded slash splits nothing; undefined for a target that can name no file.
 */
export function pathSegments(target: string): string[] | undefined {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith("/")) return undefined;
  const segments = path.slice(1).split("/");
  if (!path.includes("%")) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/** Where the file of a path would be, before links are followed. */
export interface StaticPath {
  readonly path: string;
  /** Only a directory will do where the path ends with a slash. */
  readonly wanted: "directory" | "any";
}

/** Where a mapping has the file of a path; undefined: nowhere, or it is a dot file or below one. */
export function staticPath(
  { prefix, dropped, root }: StaticMapping,
  segments: readonly string[],
): StaticPath | undefined {
  if (!prefix.every((segment, at) => segments[at] === segment)) return undefined;
  const rest = segments.slice(dropped);
  const wanted = rest.at(-1) === "" ? "directory" : "any";
  if (wanted === "directory") rest.pop();
  return rest.every(isPlainName) ? { path: join(root.path, ...rest), wanted } : undefined;
}

/** Neither empty, `.`, `..` or a dot file, nor more than one segment once it is decoded. */
function isPlainName(segment: string): boolean {
  return segment !== "" && !segment.startsWith(".") && !/[/\\\0]/.test(segment);
}
