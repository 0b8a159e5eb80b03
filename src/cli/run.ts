import { closeSync } from "node:fs";
import { createLog } from "../log/log.ts";
import type { Status } from "../master/control.ts";
import { Master } from "../master/master.ts";
import type { Config } from "../options/config.ts";
import { count } from "./count.ts";
import { guardsOf } from "./guards.ts";
import { openLog } from "./log-file.ts";
import { loadInstance, withSiteListeners } from "./own-site.ts";
import { type Program, UsageError } from "./program.ts";
import { registry } from "./registry.ts";
import { sendFilesOf } from "./send-files.ts";
import { withSocketForNginx } from "./with-socket.ts";

/** `portico hello.ts`, `portico --ini hello.ini …`: a master in the foreground, or a daemon with `daemonize`. */
export async function run(given: readonly string[], program: Program): Promise<number> {
  const { argv, config: said } = withSocketForNginx(given, program);
  const config = await withSiteListeners(said, program);
  requireModule(config);
  if (config.daemonize !== undefined && !program.tell)
    return (await import("./daemonize.ts")).daemonize(argv, config, program);
  // A daemon's descriptors 1 and 2 are its log already.
  const logFile = config.daemonize ?? config.logto;
  let logFd = logFile === undefined || program.tell ? undefined : openLog(logFile);
  const log = createLog("master", logFd ?? 2);
  for (const warning of config.warnings) log.warn(warning);
  // Like `portico dev`, of Python files alone: the worker tells of those that lie elsewhere.
  const watch =
    config.pyAutoreload > 0
      ? new (await import("./file-watch.ts")).FileWatch(
          config.chdir,
          (file) => void master.reload(`${file} changed`),
          new Set([".py"]),
        )
      : undefined;
  const master: Master = new Master({
    config,
    reread: () => loadInstance(argv, program),
    version: program.version,
    dev: false,
    log,
    logFd,
    env: program.env,
    registry: registry(program),
    // A master without an NGINX of its own does not load what makes one: 10 MB.
    companions:
      config.nginx === "private" ? (await import("./private-nginx.ts")).companionsOf(config, program) : [],
    cwd: program.cwd,
    cache: program.cache,
    temporary: program.temporary,
    reopenLog: () => {
      if (logFile === undefined) return undefined;
      const before = logFd;
      logFd = openLog(logFile);
      if (before !== undefined) closeSync(before);
      return logFd;
    },
    onReady: (status) => {
      log.info(
        `${status.name} is served by ${count(workers(status), "worker")}: ${status.listeners.join(", ")}`,
      );
      if (status.url !== undefined) log.info(`Portico ${program.version} at ${status.url}`);
      program.tell?.(readyMessage(status));
    },
    guards: (read) => guardsOf(read, program, log),
    sendFiles: (read) => sendFilesOf(read, program),
    onWatch: (files) => watch?.add(files),
  });
  const exitStatus = await master.run();
  watch?.close();
  if (exitStatus !== 0) program.tell?.({ type: "failed", message: master.failure, status: exitStatus });
  return exitStatus;
}

export function requireModule(config: Config): void {
  if (config.module === undefined && config.mount.length === 0)
    throw new UsageError(
      `No app to serve: ${config.file ?? "the command line"} names no module (module = hello, or -w hello)`,
    );
}

/** Those that run an app. */
function workers(status: Status): number {
  return status.workers.filter(({ kind }) => kind !== "router").length;
}

function readyMessage(status: Status) {
  const { pid, url, listeners } = status;
  return { type: "ready", pid, workers: workers(status), url, listeners } as const;
}
