import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Directive, findDirectives, parseConf } from "./conf.ts";

/** A configuration file with what stands in it. */
export interface ConfFile {
  readonly file: string;
  readonly directives: readonly Directive[];
}

/** Includes within includes, as deep as anybody has them. */
const DEPTH = 8;

/** The file and all that it includes, in NGINX's order; files that cannot be read are left out. */
export function readWithIncludes(file: string, confPrefix: string, depth = DEPTH): ConfFile[] {
  let directives: Directive[];
  try {
    directives = parseConf(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
  const included = depth === 0 ? [] : findDirectives(directives, "include");
  return [
    { file, directives },
    ...included
      .flatMap(({ args }) => matchingFiles(path.resolve(confPrefix, args[0] ?? "")))
      .flatMap((name) => readWithIncludes(name, confPrefix, depth - 1)),
  ];
}

/** The patterns with which these directives include files of that directory: `["*.conf"]`. */
export function includePatterns(
  directives: readonly Directive[],
  directory: string,
  confPrefix: string,
): string[] {
  return findDirectives(directives, "include")
    .map(({ args }) => path.resolve(confPrefix, args[0] ?? ""))
    .filter((pattern) => path.dirname(pattern) === path.resolve(directory))
    .map((pattern) => path.basename(pattern));
}

/** Whether a shell pattern, `*` and `?` only, takes that file name; none takes a name that begins with a dot. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(name);
}

function matchingFiles(pattern: string): string[] {
  const base = path.basename(pattern);
  if (!/[*?]/.test(base)) return [pattern];
  const directory = path.dirname(pattern);
  try {
    return readdirSync(directory)
      .filter((name) => matchesPattern(base, name))
      .sort()
      .map((name) => path.join(directory, name));
  } catch {
    return [];
  }
}
