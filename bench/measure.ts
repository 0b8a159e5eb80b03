import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { promisify } from "node:util";

/** What is asked: a TCP address, or a unix socket. */
export interface Target {
  readonly port?: number;
  readonly socketPath?: string;
}

/** Clock ticks a second (getconf CLK_TCK), as /proc counts CPU time. */
const TICKS = 100;

/** User and system time of a process, microseconds (proc(5), stat). */
export function cpuMicroseconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6;
}

/** Memory that is this process's alone, bytes. */
export function privateBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  let kilobytes = 0;
  for (const [, value] of rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)) kilobytes += Number(value);
  return kilobytes * 1024;
}

/** The processes that a process started, and theirs. */
export function children(pid: number): number[] {
  const own = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
  return own.flatMap((child) => [child, ...children(child)]);
}

function parentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")[1]);
  } catch {
    return 0;
  }
}

/** Asks once; rejects when nobody answers with 200. */
export function ask(target: Target): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ ...target, host: "127.0.0.1", path: "/", agent: false }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
      );
    }).on("error", reject);
  });
}

/** Polls until somebody answers, for 20 s at the most. */
export async function answered(target: Target): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      await ask(target);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

const running = new Set<ChildProcess>();

/** Kills what `start` started and nobody stopped: after an error. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts a server and waits until it answers; `ms` is how long that took. */
export async function start(
  command: string,
  args: readonly string[],
  target: Target,
  env: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; ms: number }> {
  const began = performance.now();
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  await answered(target);
  return { child, ms: performance.now() - began };
}

export async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
}

/** wrk for some seconds, one thread, 32 connections. @throws Error when a request failed */
export async function load(port: number, seconds: number): Promise<Load> {
  const { stdout } = await promisify(execFile)("wrk", [
    "-t1",
    "-c32",
    `-d${seconds}s`,
    `http://127.0.0.1:${port}/`,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`requests failed:\n${stdout}`);
  return {
    requests: Number(/(\d+) requests in/.exec(stdout)![1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)![1]),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
