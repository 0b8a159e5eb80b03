import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * `npm init` writes `"type": "commonjs"`, and people then write TypeScript with `import` and `export`, as every
 * TypeScript project does. Node goes by package.json alone and refuses them. Where a project is so, its `.ts`
 * files that have such statements are read as what they are; packages are left to node.
 */
export function readTypeScriptAsModules(file: string): void {
  if (!file.endsWith(".ts") || packageType(dirname(file)) !== "commonjs") return;
  registerHooks({
    load(url, context, nextLoad) {
      if (context.format !== "commonjs-typescript" || url.includes("/node_modules/"))
        return nextLoad(url, context);
      const isModule = MODULE_SYNTAX.test(readFileSync(fileURLToPath(url), "utf8"));
      return nextLoad(url, isModule ? { ...context, format: "module-typescript" } : context);
    },
  });
}

/** A statement that only a module may have, at the beginning of a line; `import x = require()` and types aside. */
const MODULE_SYNTAX = /^(?:export\s+(?!=)|import\s+(?!type\b)(?![\w$]+\s*=)[\w${*"'])/m;

/** The "type" of the nearest package.json (https://nodejs.org/api/packages.html#type). */
function packageType(directory: string): unknown {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, "package.json");
    if (existsSync(path)) {
      try {
        return (JSON.parse(readFileSync(path, "utf8")) as { type?: unknown }).type;
      } catch {
        return undefined;
      }
    }
    if (at === dirname(at)) return undefined;
  }
}
