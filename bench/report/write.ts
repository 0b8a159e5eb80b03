import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../results.ts";
import { markdown } from "./markdown.ts";
import { plot } from "./plot.ts";

/** Writes results.json, and what is drawn from it: RESULTS.md and a plot for each workload. */
export function write(measured: Results, folder: string): void {
  mkdirSync(join(folder, "plots"), { recursive: true });
  const json = JSON.stringify(measured, rounded, 1);
  writeFileSync(join(folder, "results.json"), `${json}\n`);
  const results = JSON.parse(json) as Results;
  writeFileSync(join(folder, "RESULTS.md"), markdown(results));
  for (const workload of results.workloads) {
    const svg = plot(results, workload);
    if (svg) writeFileSync(join(folder, "plots", `${workload.id}.svg`), svg);
  }
}

/** Six digits say all that was measured. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(6)) : value;
}
