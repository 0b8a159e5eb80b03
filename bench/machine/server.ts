import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { answered } from "./ask.ts";
import { tree } from "./processes.ts";

/** How long a server may take to end when asked to, milliseconds; then it is killed. */
const STOP_LIMIT = 5_000;

/** Where a server is started. */
export interface Place {
  /** The port of 127.0.0.1 that it has to answer on. */
  readonly port: number;
  /** A directory of its own: sockets, logs, state. */
  readonly dir: string;
  /** The processors it may use, as taskset writes them; all of them where undefined. */
  readonly cpus: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** A server that answers on its port. */
export interface Running {
  readonly port: number;
  /** All processes that serve: their CPU time counts. */
  pids(): number[];
  /** Those of them that run the app: their memory counts. */
  workers(): number[];
  /** The process over the workers, where there is one. */
  readonly master?: number;
  stop(): Promise<void>;
}

const started = new Set<ChildProcess>();
/** Processes that are nobody's child, as daemons are. */
const daemons = new Set<number>();

/** Kills what was started and not stopped: on the way out. */
export function killAll(): void {
  for (const child of started) kill(child, "SIGKILL");
  for (const daemon of daemons) for (const pid of tree(daemon)) process.kill(pid, "SIGKILL");
}

/** Has `killAll` kill a daemon and what it started, unless it is gone by then. */
export function adopt(daemon: number): void {
  daemons.add(daemon);
}

/** A process group of its own, whose output goes to `log` in its directory. */
export function launch(place: Place, name: string, argv: readonly string[]): ChildProcess {
  const log = openSync(join(place.dir, `${name}.log`), "a");
  const [command, ...args] = place.cpus === undefined ? argv : ["taskset", "-c", place.cpus, ...argv];
  const child = spawn(command!, args, {
    cwd: place.dir,
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, NODE_ENV: "production", ...place.env },
  });
  closeSync(log);
  started.add(child);
  child.once("exit", () => started.delete(child));
  child.once("error", () => started.delete(child));
  return child;
}

/** Starts a server and waits for its first answer, with this status. @throws Error with the end of its log */
export async function start(place: Place, argv: readonly string[], status = 200): Promise<Running> {
  const child = launch(place, "server", argv);
  let reason: string | undefined;
  child.once("error", (error) => {
    reason = error.message;
  });
  child.once("exit", (exit, signal) => {
    reason ??= `exited with ${signal ?? exit}: ${lastLines(place, "server")}`;
  });
  try {
    await answered(place.port, () => reason, status);
  } catch (error) {
    await stop(child);
    throw new Error(`${argv[0]} did not start: ${(error as Error).message}; ${lastLines(place, "server")}`);
  }
  const root = child.pid!;
  const children = (): number[] => tree(root).filter((pid) => pid !== root);
  const alone = children().length === 0;
  return {
    port: place.port,
    pids: () => tree(root),
    workers: () => (alone ? [root] : children()),
    ...(alone ? {} : { master: root }),
    stop: () => stop(child),
  };
}

/** Ends a process and its group: asks, and after 5 s kills. */
export async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await Promise.race([gone, wait(STOP_LIMIT, undefined, { ref: false })]);
  kill(child, "SIGKILL");
  await gone;
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // The whole group is gone.
  }
}

/** The end of a log, on one line: why a server did not start. */
export function lastLines(place: Place, name: string): string {
  const text = readFileSync(join(place.dir, `${name}.log`), "utf8").trim();
  return text.split("\n").slice(-6).join(" | ").slice(-600);
}
