import { rmSync } from "node:fs";
import { cacheFiles } from "../nginx/cache-files.ts";
import { loadConfig } from "../options/config.ts";
import { count } from "./count.ts";
import { type Program, UsageError } from "./program.ts";
import { siteOf } from "./site.ts";

const USAGE = "portico cache purge hello.ini PATH… | --all";

/**
 * `portico cache purge hello.ini /news '/blog/*'`: forgets what NGINX keeps of these paths, or with `--all` of all.
 * NGINX need not be told: a file that is gone is an answer that it does not have.
 */
export function cache(argv: readonly string[], program: Program): number {
  const [verb, target, ...rest] = argv;
  if (verb !== "purge" || target === undefined || target.startsWith("-"))
    throw new UsageError(`Expected ${USAGE}`);
  const all = rest.includes("--all");
  const paths = rest.filter((argument) => argument !== "--all");
  if (all === paths.length > 0) throw new UsageError(`Expected paths or --all: ${USAGE}`);
  const bad = paths.find((path) => !path.startsWith("/"));
  if (bad !== undefined)
    throw new UsageError(`Cannot purge ${JSON.stringify(bad)}: expected a path that begins with a slash`);
  const config = loadConfig([target], program.environment);
  const site = siteOf(config, program);
  if (site.cacheFolders.length === 0)
    throw new UsageError(`${config.name} has no cache: [nginx] of ${config.file ?? target} sets none`);
  try {
    const files = new Set((all ? ["/*"] : paths).flatMap((path) => cacheFiles(site, path)));
    for (const file of files) rmSync(file, { force: true });
    program.out(`${count(files.size, "answer")} of ${config.name} purged\n`);
    return 0;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    throw new UsageError(`Cannot purge ${path}: it is NGINX's user's; run it as root (sudo)`, {
      cause: error,
    });
  }
}
