import { parseArgs } from "node:util";
import { GOALS } from "./goals.ts";
import type { Workload } from "./workloads/workload.ts";

/** What a run is asked to do. */
export interface Arguments {
  readonly rounds: number;
  readonly seconds: number;
  readonly workloads: readonly Workload[];
  /** Where the results go. */
  readonly out: string;
  readonly smoke: boolean;
  readonly list: boolean;
  readonly help: boolean;
}

export const HELP = `bench/run.sh [options]

  --only NAMES     workloads or groups, with commas between: hello, direct, nginx, python …; goals: what the goals need
  --peers NAMES    only peers whose name has one of these in it, with commas between: portico, bun, gunicorn …
  --rounds N       rounds, each with all peers in turn (3)
  --seconds N      seconds of load for a sample; fractions are possible (1)
  --out DIR        where results.json, RESULTS.md and plots/ are written (bench/)
  --smoke          say in the report that it is not to be quoted
  --list           print workloads and their peers, and end
`;

/** @throws Error for an unknown option, a number that is none, a name that nothing has */
export function readArguments(argv: readonly string[], all: readonly Workload[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "1" },
      out: { type: "string", default: import.meta.dirname },
      smoke: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { out, smoke, list, help } = values;
  const rounds = positive("rounds", values.rounds);
  const seconds = positive("seconds", values.seconds);
  const only = words(values.only);
  let workloads = only.length === 0 ? [...all] : only.flatMap((name) => named(name, all));
  workloads = all.filter((workload) => workloads.includes(workload));
  if (only.includes("goals")) workloads = workloads.map(forGoals);
  const peers = words(values.peers);
  if (peers.length > 0)
    workloads = workloads.map((workload) => ({
      ...workload,
      peers: workload.peers.filter(({ name }) => peers.some((part) => name.toLowerCase().includes(part))),
    }));
  workloads = workloads.filter((workload) => workload.peers.length > 0);
  if (workloads.length === 0) throw new Error(`No peer is called that: --peers ${values.peers}`);
  return { rounds, seconds, workloads, out, smoke, list, help };
}

/** Workloads of an id or a group, or whose id begins with it. */
function named(name: string, all: readonly Workload[]): Workload[] {
  const found = all.filter(
    (workload) =>
      workload.id === name ||
      ("group" in workload && workload.group === name) ||
      workload.id.startsWith(`${name}-`),
  );
  if (name === "goals") return all.filter((workload) => forGoals(workload).peers.length > 0);
  if (found.length === 0)
    throw new Error(`Cannot run --only ${name}: expected one of ${all.map(({ id }) => id).join(", ")}`);
  return found;
}

/** The workload with those of its peers that a goal names. */
function forGoals(workload: Workload): Workload {
  const named = GOALS.flatMap(({ ours, theirs }) => [ours, theirs]).filter(
    (of) => of.workload === workload.id,
  );
  return { ...workload, peers: workload.peers.filter(({ name }) => named.some(({ peer }) => peer === name)) };
}

function words(text: string | undefined): string[] {
  return (text ?? "")
    .toLowerCase()
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`Cannot set --${name}: expected a number over 0: got "${text}"`);
}
