import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** An NGINX worker process as the system lists it. */
export interface NginxWorker {
  readonly pid: number;
  /** It accepts nothing more and finishes what it has. */
  readonly leaving: boolean;
  /** When it was started, milliseconds since the epoch, within 10 ms; undefined where the system does not say. */
  readonly startedAt: number | undefined;
}

/**
 * The process id of the running master; undefined where NGINX is not running. A pid file that is
 * empty (`nginx -t` makes one) or names a process that is not NGINX is taken for no answer.
 */
export function masterPid(nginx: { readonly pidFile: string }): number | undefined {
  let text: string;
  try {
    text = readFileSync(nginx.pidFile, "utf8").trim();
  } catch {
    return undefined;
  }
  const pid = Number(text);
  if (!/^\d+$/.test(text) || pid <= 0) return undefined;
  return commandLine(pid)?.startsWith("nginx: master process") ? pid : undefined;
}

/** The worker processes of a master, those that are leaving too. */
export function workersOf(master: number): NginxWorker[] {
  return children(master)
    .map((pid) => ({ pid, command: commandLine(pid) }))
    .filter(({ command }) => command?.startsWith("nginx: worker process"))
    .map(({ pid, command }) => ({
      pid,
      leaving: command?.includes("is shutting down") === true,
      startedAt: startedAt(pid),
    }));
}

function commandLine(pid: number): string | undefined {
  if (!existsSync("/proc/self/stat"))
    return ps(["-p", String(pid), "-o", "command="])[0]?.trim() || undefined;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return undefined;
  }
}

function children(parent: number): number[] {
  if (!existsSync("/proc/self/stat"))
    return ps(["-A", "-o", "pid=,ppid="])
      .map((line) => line.trim().split(/\s+/).map(Number))
      .filter(([, ppid]) => ppid === parent)
      .map(([pid]) => pid!);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => processStat(pid)?.[1] === String(parent));
}

/** In clock ticks since the machine started, 100 a second on every Linux (proc(5), starttime). */
function startedAt(pid: number): number | undefined {
  const ticks = Number(processStat(pid)?.[19]);
  if (!Number.isFinite(ticks)) return undefined;
  // In this order: a pause between the two makes the worker seem older, never younger.
  const now = Date.now();
  const uptime = Number.parseFloat(readFileSync("/proc/uptime", "utf8"));
  return now - (uptime * 1000 - ticks * 10);
}

/** The fields of /proc/PID/stat from the third on: the second, the name, may have spaces in it. */
function processStat(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** macOS has no /proc. */
function ps(args: readonly string[]): string[] {
  const { stdout } = spawnSync("ps", args, { encoding: "utf8" });
  return (stdout ?? "").split("\n").filter((line) => line.trim() !== "");
}
