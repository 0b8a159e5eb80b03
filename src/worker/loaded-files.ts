import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** Milliseconds that names are gathered before they are told. */
const GATHER = 50;

/** Tells which files of the project the app loads, packages aside, as they are loaded (dev). */
export function watchLoadedFiles(tell: (files: string[]) => void): void {
  const known = new Set<string>();
  let fresh: string[] = [];
  registerHooks({
    load(url, context, nextLoad) {
      if (url.startsWith("file:") && !url.includes("/node_modules/")) {
        const file = fileURLToPath(url);
        if (!known.has(file)) {
          known.add(file);
          fresh.push(file);
          if (fresh.length === 1)
            setTimeout(() => {
              tell(fresh);
              fresh = [];
            }, GATHER).unref();
        }
      }
      return nextLoad(url, context);
    },
  });
}
