import path from "node:path";
import { feature } from "../feature.ts";
import { wanted } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";
import type { SiteInput, StaticPath } from "../site-input.ts";

/** Files that NGINX serves by itself. */
export const staticFiles = feature<{ statics: StaticPath[] }>({
  settings: {
    static: {
      text: "/prefix = path: files that NGINX serves by itself, what is not there goes to the app; may be repeated.",
      read(value, { statics }, { chdir }) {
        const cut = value.indexOf("=");
        if (cut < 0) throw wanted("/prefix = path", value);
        const found = readStatic(value.slice(0, cut).trim(), value.slice(cut + 1).trim(), chdir);
        if (statics.some(({ prefix }) => prefix === found.prefix)) throw wanted("each prefix once", value);
        statics.push(found);
      },
    },
  },
  begin: () => ({ statics: [] }),
  add({ statics }, draft) {
    draft.statics.push(...withStaticMap(statics, draft.input));
  },
});

/**
 * A prefix and a path as a StaticPath. It is one file where prefix and path end alike in an
 * extension: `/favicon.ico = public/favicon.ico`.
 */
function readStatic(prefix: string, file: string, chdir: string): StaticPath {
  if (!prefix.startsWith("/") || file === "") throw wanted("/prefix = path", `${prefix} = ${file}`);
  if (/[\x00-\x1f\x7f]/.test(prefix + file)) throw wanted("one line of plain text", prefix + file);
  const absolute = path.resolve(chdir, file);
  // `alias` and `root` expand variables, and NGINX has no way to write a plain `$`.
  if (absolute.includes("$")) throw wanted("a path without $, which NGINX would expand", absolute);
  const extension = path.posix.extname(prefix);
  return {
    prefix: prefix.replace(/\/+$/, ""),
    path: absolute === "/" ? "" : absolute,
    file: extension !== "" && extension === path.extname(absolute),
  };
}

/** What the app server would serve from disk, NGINX serves; its own `static` settings go before. */
function withStaticMap(statics: readonly StaticPath[], input: SiteInput): StaticPath[] {
  const byPrefix = new Map<string, StaticPath>();
  try {
    for (const [prefix, file] of input.staticMap) {
      const mapped = readStatic(prefix, file, input.chdir);
      // The first of two wins, as it does in the app server.
      if (!byPrefix.has(mapped.prefix)) byPrefix.set(mapped.prefix, mapped);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SiteError(`Cannot have NGINX serve static-map: ${reason}`, { cause: error });
  }
  for (const own of statics) byPrefix.set(own.prefix, own);
  return [...byPrefix.values()];
}
