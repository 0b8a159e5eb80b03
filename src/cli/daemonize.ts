import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Config } from "../options/config.ts";
import { count } from "./count.ts";
import { openLog } from "./log-file.ts";
import type { DaemonMessage, Program } from "./program.ts";

/**
 * Starts the master as a daemon: a session of its own, no terminal, its log in the file. Returns when
 * the workers are ready, or with the reason and the exit status when they could not be.
 */
export async function daemonize(argv: readonly string[], config: Config, program: Program): Promise<number> {
  const { message, pid } = await startDaemon(argv, config.daemonize!, program);
  if (message.type === "failed") {
    program.err(`portico: ${message.message}\n`);
    return message.status;
  }
  program.out(
    `${config.name}: ${count(message.workers, "worker")}, master pid ${pid}, log ${config.daemonize}\n`,
  );
  program.out(
    message.url === undefined ? `Listening on ${message.listeners.join(", ")}\n` : `${message.url}\n`,
  );
  return 0;
}

/** @returns the pid of the daemon and its first words. */
export async function startDaemon(
  argv: readonly string[],
  logFile: string,
  program: Program,
): Promise<{ pid: number; message: DaemonMessage }> {
  const log = openLog(logFile);
  const child = spawn(process.execPath, [...process.execArgv, program.main, ...argv], {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    cwd: program.cwd,
    env: { NODE_COMPILE_CACHE: program.cache, ...program.env, PORTICO_DAEMON: "1" },
  });
  closeSync(log);
  const message = await new Promise<DaemonMessage>((resolve) => {
    child.once("message", (raw) => resolve(raw as DaemonMessage));
    child.once("error", (error) =>
      resolve({ type: "failed", message: `Cannot start the daemon: ${error.message}`, status: 70 }),
    );
    child.once("exit", (code, signal) => {
      const end = `The daemon ended (${signal ?? `status ${code}`}); ${logFile} may tell why`;
      const ended = () => resolve({ type: "failed", message: end, status: code || 1 });
      // Its last words may still be on their way: the channel closes behind them.
      if (child.connected) child.once("disconnect", () => setImmediate(ended));
      else setImmediate(ended);
    });
  });
  if (child.connected) child.disconnect();
  child.unref();
  return { pid: child.pid ?? 0, message };
}
