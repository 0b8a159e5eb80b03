import { readFileSync } from "node:fs";

/** Memory of a process with what it shares divided by who shares it, bytes (proc(5), smaps_rollup, Pss). */
export function proportionalBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024;
}
