import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "./command.ts";
import { emergencies, type LogMark, markErrorLog } from "./error-log.ts";
import { masterPid, workersOf } from "./processes.ts";
import type { Nginx } from "./system.ts";
import { nginxWords } from "./words.ts";

/** NGINX tries a taken port for 2.5 seconds before it gives up; milliseconds. */
const IN_FORCE_TIMEOUT = 10_000;
/** Milliseconds between two looks at NGINX's processes. */
const LOOK_INTERVAL = 10;

/**
 * How much later than a file its workers must be to have read it: the system dates both by clocks
 * that are up to 10 ms off. And how long after the file's last change NGINX is told to read it, so
 * that its workers are that much later. Milliseconds.
 */
const SURELY_LATER = 30;
const READ_AFTER = 50;

/** NGINX kept, or did not get, its configuration. The message holds NGINX's own words. */
export class ReloadError extends Error {
  override readonly name = "ReloadError";
  /** Whether it is known that the master goes on with the configuration it had. */
  readonly keptOld: boolean;

  constructor(message: string, keptOld: boolean) {
    super(message);
    this.keptOld = keptOld;
  }
}

/**
 * Has the configuration on disk come into force: reloads a running NGINX without closing a
 * connection in use, starts one that is not running. Resolves once new workers have taken over.
 * @param changedAt when what it is to read was last changed, milliseconds since the epoch
 * @throws ReloadError
 */
export async function reloadOrStart(nginx: Nginx, changedAt = 0): Promise<"reloaded" | "started"> {
  const young = READ_AFTER - (Date.now() - changedAt);
  // Bounded, should the file's date be in the future.
  if (young > 0) await delay(Math.min(young, READ_AFTER));
  const mark = markErrorLog(nginx.errorLog);
  const master = masterPid(nginx);
  if (master === undefined) {
    await start(nginx, mark);
    return "started";
  }
  const old = new Set(workersOf(master).map(({ pid }) => pid));
  try {
    // What `nginx -s reload` does, without reading the whole configuration again to find this process.
    process.kill(master, "SIGHUP");
  } catch (error) {
    throw new ReloadError(`NGINX (process ${master}) cannot be told to reload: ${reason(error)}`, true);
  }
  await until(mark, `NGINX (process ${master}) started no new workers`, () => {
    const workers = workersOf(master);
    return (
      workers.some(({ pid, leaving }) => !old.has(pid) && !leaving) &&
      workers.every(({ pid, leaving }) => !old.has(pid) || leaving)
    );
  });
  return "reloaded";
}

/**
 * Whether the workers that run now were all started after that moment, milliseconds since the
 * epoch, so that they have read what was on disk then. false also where that cannot be known.
 */
export function inForceSince(nginx: Nginx, moment: number): boolean {
  const master = masterPid(nginx);
  const workers = master === undefined ? [] : workersOf(master).filter(({ leaving }) => !leaving);
  return workers.length > 0 && workers.every(({ startedAt = 0 }) => startedAt >= moment + SURELY_LATER);
}

async function start(nginx: Nginx, mark: LogMark): Promise<void> {
  const [file, ...args] = startCommand(nginx);
  const { status, output } = await runCommand(file, args);
  if (status !== 0) {
    const words = [...new Set([...nginxWords(output), ...emergencies(mark)])].join("\n");
    throw new ReloadError(`NGINX did not start (${[file, ...args].join(" ")}):\n${words}`, true);
  }
  await until(mark, `NGINX did not come up (${[file, ...args].join(" ")})`, () => {
    const master = masterPid(nginx);
    return master !== undefined && workersOf(master).length > 0;
  });
}

/** By the machine's service manager where it has one, so that it stays in charge of what it manages. */
function startCommand(nginx: Nginx): [string, ...string[]] {
  // The test of sd_booted(3): systemd is process 1, and not merely installed.
  if (nginx.system && existsSync("/run/systemd/system")) return ["systemctl", "start", "nginx"];
  if (nginx.system && existsSync("/etc/init.d/nginx") && existsSync("/usr/sbin/service"))
    return ["/usr/sbin/service", "nginx", "start"];
  return [nginx.binary, ...nginx.args];
}

async function until(mark: LogMark, failure: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + IN_FORCE_TIMEOUT;
  while (!holds()) {
    const words = emergencies(mark);
    // A port that is taken is tried again a few times, and then NGINX says that it gave up.
    if (words.some((text) => !/\bbind\(\) to /.test(text)))
      throw new ReloadError(`NGINX refused the configuration:\n${words.join("\n")}`, true);
    if (performance.now() > end)
      throw new ReloadError([`${failure} within ${IN_FORCE_TIMEOUT / 1000} s`, ...words].join("\n"), false);
    await delay(LOOK_INTERVAL);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
