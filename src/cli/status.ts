import { ask, type Status, type WorkerStatus } from "../master/control.ts";
import { instances } from "./instances.ts";
import type { Program } from "./program.ts";

/** `portico status [TARGET] [--json]` */
export async function status(argv: readonly string[], program: Program): Promise<number> {
  const all = await Promise.all(instances(argv, program).map(({ control }) => ask(control, "status")));
  if (argv.includes("--json")) program.out(`${JSON.stringify(all, null, 2)}\n`);
  else program.out(all.map(statusText).join("\n"));
  return 0;
}

function statusText(status: Status): string {
  const lines = [
    `${status.name}  generation ${status.generation}, up ${duration(status.uptime)}, Portico ${status.version}, node ${status.node}`,
    `  app        ${status.file ?? status.chdir}`,
    `  listening  ${status.listeners.join(", ")}`,
    ...(status.url === undefined ? [] : [`  url        ${status.url}`]),
    `  log        ${status.log ?? "its terminal"}`,
    "",
  ];
  const rows = [
    ["", "pid", "gen", "state", "uptime", "requests", "in flight", "memory"],
    ["master", String(status.pid), "", "", duration(status.uptime), "", "", megabytes(status.rss)],
    ...status.workers.map((worker) => [
      label(status.name, worker),
      String(worker.pid),
      String(worker.generation),
      worker.phase,
      duration(worker.uptime),
      String(worker.requests),
      String(worker.inFlight),
      megabytes(worker.rss),
    ]),
    ...status.companions.map(({ name, pid, phase, uptime }) => [
      name,
      pid === undefined ? "" : String(pid),
      "",
      phase,
      duration(uptime),
      "",
      "",
      "",
    ]),
  ];
  return `${[...lines, ...table(rows).map((line) => `  ${line}`)].join("\n")}\n`;
}

/** "worker 1", "/api 1", "router" */
function label(name: string, { pool, id }: WorkerStatus): string {
  if (pool === "router") return "router";
  return `${pool === name ? "worker" : pool} ${id}`;
}

/** Columns as wide as their widest cell; numbers and sizes to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const left = new Set([0, 3]);
  return rows.map((row) =>
    row
      .map((cell, column) =>
        left.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
}

function megabytes(bytes: number): string {
  return bytes === 0 ? "" : `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
