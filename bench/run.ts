import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { HELP, readArguments } from "./arguments.ts";
import { install } from "./install.ts";
import { killAll } from "./machine/server.ts";
import { METRICS } from "./metrics.ts";
import { write } from "./report/write.ts";
import type { Results, Sample } from "./results.ts";
import { round } from "./round.ts";
import { WORKLOADS } from "./workloads/all.ts";
import type { Bench, Workload } from "./workloads/workload.ts";

/** For 10,000 connections at once, and what a server needs besides; what is started inherits it. */
const DESCRIPTORS = 12_000;

const asked = readArguments(process.argv.slice(2), WORKLOADS);
if (asked.help) console.log(HELP);
else if (asked.list) for (const { id, peers } of asked.workloads) console.log(`${id}: ${names(peers)}`);
else await main();

async function main(): Promise<void> {
  const began = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "portico-bench-"));
  chmodSync(scratch, 0o755);
  const end = (): void => {
    killAll();
    rmSync(scratch, { recursive: true, force: true });
  };
  process.once("exit", end);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const machine = describeMachine();
  if (loadavg()[0]! > 1) console.log(`Something else runs here: the load is ${loadavg()[0]!.toFixed(1)}.`);
  raiseDescriptors();
  const { tools, missing, versions } = install(scratch);
  if (missing["wrk"]) throw new Error(`Cannot measure without wrk: ${missing["wrk"]}`);
  const { workloads, absent } = possible(asked.workloads, missing);
  const last = cpus().length - 1;
  const bench: Bench = {
    tools,
    scratch,
    seconds: asked.seconds,
    cpus: { servers: last > 1 ? `0-${last - 1}` : "0", load: String(last) },
  };
  const samples: Sample[] = [];
  for (let number = 1; number <= asked.rounds; number++) {
    console.log(
      `round ${number} of ${asked.rounds}, ${((performance.now() - began) / 1000).toFixed(0)} s since the start`,
    );
    await round(number, workloads, bench, (sample) => {
      samples.push(sample);
      tell(sample);
    });
    const results: Results = {
      date: new Date().toISOString(),
      machine,
      versions,
      rounds: number,
      seconds: asked.seconds,
      minutes: (performance.now() - began) / 60_000,
      smoke: asked.smoke,
      workloads: workloads.map(({ id, title, about, metrics, peers }) => ({
        id,
        title,
        about,
        metrics,
        peers: peers.map(({ name }) => name),
      })),
      absent,
      samples,
    };
    // After each round, so that a run that is stopped has its rounds.
    write(results, asked.out);
  }
  console.log(`written: ${join(asked.out, "RESULTS.md")}`);
}

/** Workloads with those peers whose programs are here, and the reasons for the others. */
function possible(
  wanted: readonly Workload[],
  missing: Readonly<Record<string, string>>,
): { workloads: Workload[]; absent: Record<string, string> } {
  const absent: Record<string, string> = {};
  const workloads = wanted.map((workload) => ({
    ...workload,
    peers: workload.peers.filter(({ name, needs, behind }) => {
      const needed = [needs, behind ? "nginx" : undefined].find((program) => program && missing[program]);
      if (needed) absent[name] = `${needed} ${missing[needed]}`;
      return !needed;
    }),
  }));
  return { workloads: workloads.filter(({ peers }) => peers.length > 0), absent };
}

function tell({ workload, peer, values, invalid }: Sample): void {
  const metrics = WORKLOADS.find(({ id }) => id === workload)!.metrics;
  const figures = metrics.flatMap((metric) => {
    const value = values[metric];
    return value === undefined ? [] : [`${metric} ${value.toFixed(METRICS[metric].digits)}`];
  });
  console.log(
    `${workload.padEnd(18)} ${peer.padEnd(42)} ${invalid ? `INVALID ${invalid}` : figures.join("  ")}`,
  );
}

function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus()[0]!.model.trim()}, ${cpus().length} cores, ${gigabytes} GB, Linux ${release()}, load ${loadavg()[0]!.toFixed(1)} at the start`;
}

function raiseDescriptors(): void {
  const limit = Number(/^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  const most = Math.max(limit, DESCRIPTORS);
  try {
    execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${most}:${most}`]);
  } catch {
    console.log(`At most ${limit} files may be open: 10,000 idle connections do not fit.`);
  }
}

function names(peers: Workload["peers"]): string {
  return peers.map(({ name }) => name).join(" · ");
}
