import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Found, type FoundStatic, NOTHING_FOUND, plainPrefix } from "./found.ts";

const CONFIGS = ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `vite.config.${ending}`);
/** Each entry of `public` has a location of its own. */
const MOST_PUBLIC = 64;

/**
 * What Vite built into `dist`: its directory of assets, whose names have hashes, and what it copied from
 * `public`. Nothing else of dist: a server's own files may have been compiled into it. `/` and index.html are
 * the app's.
 * @param chdir the project's directory, absolute
 */
export function findVite(chdir: string): Found {
  if (!hasVite(chdir)) return NOTHING_FOUND;
  const page = readText(join(chdir, "dist", "index.html"));
  if (page === undefined) {
    if (!existsSync(join(chdir, "index.html"))) return NOTHING_FOUND;
    const text = "Vite's dist/index.html is not there for NGINX to serve what belongs to it: npm run build";
    return { statics: [], words: [{ text, where: "stderr" }] };
  }
  const base = baseOf(page);
  if (base === undefined) return NOTHING_FOUND;
  const statics = [assets(chdir, base), ...copied(chdir, base)].filter((found) => found !== undefined);
  return { statics, words: [] };
}

function hasVite(chdir: string): boolean {
  if (CONFIGS.some((name) => existsSync(join(chdir, name)))) return true;
  try {
    const read: unknown = JSON.parse(readText(join(chdir, "package.json")) ?? "");
    const { dependencies, devDependencies } = read as Record<string, object | undefined>;
    return Object.hasOwn({ ...dependencies, ...devDependencies }, "vite");
  } catch {
    return false;
  }
}

/** Vite's `base`, told by where the built page has its assets: "" or "/shop"; undefined: not with this app. */
function baseOf(page: string): string | undefined {
  const [, base] = /\s(?:src|href)="([^"]*?)assets\/[^"/]+"/.exec(page) ?? [];
  if (base === undefined) return undefined;
  return base === "/" || base === "./" || base === "" ? "" : plainPrefix(base);
}

function assets(chdir: string, base: string): FoundStatic | undefined {
  const path = join(chdir, "dist", "assets");
  if (kindOf(path) !== "directory") return undefined;
  const prefix = `${base}/assets`;
  return { prefix, path, file: false, hashed: true, withoutMaps: true, from: "Vite's dist/assets" };
}

function copied(chdir: string, base: string): FoundStatic[] {
  const names = existsSync(join(chdir, "public")) ? readdirSync(join(chdir, "public")).sort() : [];
  const found = names.flatMap((name): FoundStatic[] => {
    const path = join(chdir, "dist", name);
    const kind = kindOf(path);
    const prefix = plainPrefix(`${base}/${name}`);
    // assets: what Vite copies there stands among what it built.
    if (name === "index.html" || name === "assets" || prefix === undefined) return [];
    if (kind === undefined || kind !== kindOf(join(chdir, "public", name))) return [];
    return [{ prefix, path, file: kind === "file", hashed: false, from: `Vite's public/${name}` }];
  });
  return found.length > MOST_PUBLIC ? [] : found;
}

function kindOf(path: string): "file" | "directory" | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? "file" : stat?.isDirectory() ? "directory" : undefined;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
