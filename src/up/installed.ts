import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** What npm writes of a package, in its lock file and in node_modules/.package-lock.json. */
interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: unknown;
  readonly optionalDependencies?: unknown;
}

/**
 * Whether node_modules holds what the lock file wants and the lock file what package.json wants, by npm's
 * own books: somebody has run npm here. Packages for development and optional ones may be missing.
 */
export function isInstalledByNpm(directory: string): boolean {
  const wanted = packages(directory, "package-lock.json");
  const there = packages(directory, "node_modules/.package-lock.json");
  const project = json(directory, "package.json") as Locked | undefined;
  if (wanted === undefined || there === undefined || project === undefined) return false;
  const { "": root, ...rest } = wanted;
  return (
    isDeepStrictEqual(root?.dependencies ?? {}, project.dependencies ?? {}) &&
    isDeepStrictEqual(root?.optionalDependencies ?? {}, project.optionalDependencies ?? {}) &&
    Object.entries(rest).every(
      ([path, locked]) => mayBeMissing(locked) || there[path]?.version === locked.version,
    )
  );
}

function mayBeMissing({ dev, optional, devOptional }: Locked): boolean {
  return dev === true || optional === true || devOptional === true;
}

function packages(directory: string, name: string): Record<string, Locked> | undefined {
  return (json(directory, name) as { packages?: Record<string, Locked> } | undefined)?.packages;
}

function json(directory: string, name: string): object | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(directory, name), "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
