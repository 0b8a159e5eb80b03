import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** What runs an app. */
export type AppKind = "node" | "python";

/**
 * The kind of app that a specifier (`hello`, `wsgi:app`, `pkg.mod`, `./x.ts`) means: by its extension, else by
 * `plugin`, else by the files that are there, TypeScript and JavaScript first. Node where nothing tells.
 */
export function appKind(module: string, plugins: readonly string[], chdir: string): AppKind {
  const name = module.replace(/:[^:/\\]*$/, "");
  if (/\.py$/.test(name)) return "python";
  if (/\.[cm]?[jt]s$/.test(name)) return "node";
  const kinds = new Set(plugins.map(kindOfPlugin).filter((kind) => kind !== undefined));
  if (kinds.size === 1) return [...kinds][0]!;
  const path = resolve(chdir, name.replaceAll(".", "/"));
  const there = (...endings: string[]): boolean => endings.some((ending) => existsSync(path + ending));
  if (there(".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js")) return "node";
  return there(".py", "/__init__.py") ? "python" : "node";
}

function kindOfPlugin(plugin: string): AppKind | undefined {
  if (plugin === "node") return "node";
  return /^python[\d.]*$/.test(plugin) ? "python" : undefined;
}
