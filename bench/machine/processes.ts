import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second (getconf CLK_TCK), as /proc counts CPU time. */
const TICKS = 100;

/** A process and all that it started, and theirs; those that live now. */
export function tree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc"))
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(stat(Number(name))?.[1] ?? 0));
  const found = [root];
  for (const pid of found)
    for (const [child, parent] of parents) if (parent === pid && !found.includes(child)) found.push(child);
  return found.filter((pid) => parents.has(pid));
}

/**
 * User and system time of processes, and of the children that they have reaped, microseconds
 * (proc(5), stat: utime, stime, cutime, cstime): what a worker used that went away meanwhile counts too.
 */
export function cpuMicroseconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) for (const field of stat(pid)?.slice(11, 15) ?? []) ticks += Number(field);
  return (ticks / TICKS) * 1e6;
}

/** Fields of /proc/PID/stat from the third on; undefined for a process that is gone. */
function stat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Memory of a process, MB: what is its own alone, and that with its share of the shared (proc(5), smaps_rollup). */
export function memory(pid: number): { uss: number; pss: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  let own = 0;
  for (const [, value] of rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)) own += Number(value);
  return { uss: own / 1024, pss: Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024 };
}
