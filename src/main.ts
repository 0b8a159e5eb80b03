import { readFileSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { isatty } from "node:tty";
import { cacheFolder } from "./cli/cache-folder.ts";

/** The one place that reads process.env and ends the process. */
const cache = cacheFolder(process.env, process.getuid!());
// Set by bin/portico for this process, so that this file too is stripped and compiled once.
if (process.env["NODE_COMPILE_CACHE"] === cache) delete process.env["NODE_COMPILE_CACHE"];
const env = { ...process.env };
// Where nobody has: before anything large is imported, a start takes half the time.
enableCompileCache(cache);
const { commandLine } = await import("./cli/command-line.ts");

// Set for the process that daemonize starts, and not meant for anything that this one starts.
const daemon = env["PORTICO_DAEMON"] === "1" && process.send !== undefined;
delete env["PORTICO_DAEMON"];

const status = await commandLine(process.argv.slice(2), {
  version: (
    JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
  ).version,
  main: process.argv[1]!,
  cache,
  cwd: process.cwd(),
  env,
  tell: daemon ? (message) => process.send!(message) : undefined,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  terminal: isatty(1),
  get columns() {
    return process.stdout.columns ?? 80;
  },
  temporary: tmpdir(),
  environment: {
    cwd: process.cwd(),
    env,
    cores: availableParallelism(),
    hostname: hostname(),
    readFile: (path: string) => readFileSync(path, "utf8"),
  },
});
flushCompileCache();
process.exit(status);
