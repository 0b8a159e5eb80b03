import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/** A mapping from a URL's prefix to a directory, or to one file. */
export interface StaticMapping {
  /** The prefix's segments: `/a/b` → `["a", "b"]`. */
  readonly prefix: readonly string[];
  readonly root: string;
}

export function staticMapping([prefix, root]: readonly [string, string]): StaticMapping {
  return { prefix: prefix.split("/").filter((segment) => segment !== ""), root };
}

/**
 * The segments of a target's path, percent-decoded one by one (RFC 3986, section 2.4), so that an
 * encoded slash splits nothing; undefined for a target that can name no file.
 */
export function pathSegments(target: string): string[] | undefined {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith("/")) return undefined;
  try {
    return path.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

/**
 * The file that a mapping has for a path, with all symbolic links resolved; undefined where it has
 * none, or none that may be served: nothing outside the root, and no dot files in it.
 * @throws the file system's errors, but for those that say that there is no such file.
 */
export async function staticFile(
  mapping: StaticMapping,
  segments: readonly string[],
): Promise<string | undefined> {
  const { prefix, root } = mapping;
  if (!prefix.every((segment, index) => segments[index] === segment)) return undefined;
  const rest = segments.slice(prefix.length);
  if (!rest.every(isPlainName)) return undefined;
  try {
    const realRoot = await realpath(root);
    const file = await realpath(join(root, ...rest));
    const inside = realRoot.endsWith(sep) ? realRoot : realRoot + sep;
    return file === realRoot || file.startsWith(inside) ? file : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
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
