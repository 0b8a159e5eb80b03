import type { Exchange } from "../../src/app/exchange.ts";
import { serveStatic } from "../../src/app/static-files.ts";
import type { StaticOptions } from "../../src/app/static-options.ts";

/** Static files with the options given, the others as they are by default. */
export function serveFiles(options: Partial<StaticOptions>): (exchange: Exchange) => Promise<boolean> {
  const serve = serveStatic({
    directories: [],
    maps: [],
    wholeMaps: [],
    index: [],
    safe: [],
    skipped: [],
    precompressed: false,
    expires: [],
    expiresUri: [],
    expiresType: [],
    mimeFiles: [],
    ...options,
  });
  return async (exchange) => serve?.(exchange) ?? false;
}
