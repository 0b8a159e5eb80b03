import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { PrivatePlaces } from "./places.ts";

/** Milliseconds for a leftover to go before it is killed, and between two looks at it. */
const MERCY = 2_000;
const LOOK_INTERVAL = 10;

/**
 * Ends an NGINX of this project's that its Portico did not: one that was killed leaves it behind, and it
 * would hold the port. Its workers may have outlived its master; they are in the same process group.
 * Where the system does not say (no /proc), nothing is ended.
 * @returns the pid of its master, undefined where there was none
 */
export async function endLeftover({ pidFile, errorLog }: PrivatePlaces): Promise<number | undefined> {
  const master = numberIn(pidFile);
  // A number may be another's by now: only an NGINX that logs here is ours.
  if (master === undefined || !members(master).some((pid) => hasOpen(pid, errorLog))) return undefined;
  signal(master, "SIGTERM");
  const end = performance.now() + MERCY;
  for (let killed = false; members(master).length > 0; await delay(LOOK_INTERVAL)) {
    if (killed || performance.now() <= end) continue;
    signal(master, "SIGKILL");
    killed = true;
  }
  return master;
}

function numberIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, "utf8").trim();
    return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The NGINX processes of a process group. */
function members(group: number): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && isMember(name, group))
      .map(Number);
  } catch {
    return [];
  }
}

function isMember(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds nothing.
    if (Number(pgrp) !== group || state === "Z") return false;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("nginx: ");
  } catch {
    return false;
  }
}

function hasOpen(pid: number, file: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === file;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // Gone meanwhile.
  }
}
