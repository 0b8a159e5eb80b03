import { realpathSync, statSync } from "node:fs";
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

/**
 * The file that a mapping has for a path, with all symbolic links resolved; for a directory its index,
 * with a slash at the path's end or without, as uWSGI has it. undefined where there is none, or none that
 * may be served: nothing outside the root and the safe directories, and no dot files in it.
 * @throws the file system's errors, but for those that say that there is no such file.
 */
export function staticFile(
  { prefix, dropped, root }: StaticMapping,
  segments: readonly string[],
  index: readonly string[],
  safe: readonly RealDirectory[],
): string | undefined {
  if (!prefix.every((segment, at) => segments[at] === segment)) return undefined;
  const rest = segments.slice(dropped);
  const isDirectory = rest.at(-1) === "";
  if (isDirectory) rest.pop();
  if (!rest.every(isPlainName)) return undefined;
  const path = join(root.path, ...rest);
  try {
    const stats = statSync(path, quietly);
    if (stats?.isFile()) return isDirectory ? undefined : within(path, root, safe);
    if (!stats?.isDirectory()) return undefined;
    for (const name of index) {
      const file = join(path, name);
      if (statSync(file, quietly)?.isFile()) return within(file, root, safe);
    }
    return undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Misses are the rule where the app answers most requests, and an error made for each would cost more than the search. */
const quietly = { throwIfNoEntry: false } as { throwIfNoEntry: false } & { bigint?: false };

/** The path without links, where it is still below the root, or below one that is safe. */
function within(path: string, root: RealDirectory, safe: readonly RealDirectory[]): string | undefined {
  const file = realpathSync.native(path);
  return root.has(file) || safe.some((directory) => directory.has(file)) ? file : undefined;
}

/** Neither empty, `.`, `..` or a dot file, nor more than one segment once it is decoded. */
function isPlainName(segment: string): boolean {
  return segment !== "" && !segment.startsWith(".") && !/[/\\\0]/.test(segment);
}

const absent = new Set(["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"]);

/** Whether an error says that a file is not there, or not for this process. */
export function isAbsent(error: unknown): boolean {
  return absent.has((error as NodeJS.ErrnoException).code ?? "");
}
