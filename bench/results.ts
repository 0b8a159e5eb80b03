import type { MetricId } from "./metrics.ts";

/** One peer at one workload in one round. */
export interface Sample {
  readonly workload: string;
  readonly peer: string;
  readonly round: number;
  readonly values: Readonly<Partial<Record<MetricId, number>>>;
  /** Why it does not count: it did not start, or a request failed. */
  readonly invalid?: string;
}

/** What results.json has; the report is drawn from it and from nothing else. */
export interface Results {
  readonly date: string;
  /** processor, cores, kernel, memory, and the load when the run began */
  readonly machine: string;
  /** Names and versions of what was measured. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** Seconds of load for a sample. */
  readonly seconds: number;
  /** Minutes that the whole run took. */
  readonly minutes: number;
  /** It was too short, or its machine too busy, to be quoted. */
  readonly smoke: boolean;
  readonly workloads: readonly {
    readonly id: string;
    readonly title: string;
    /** What is asked and how. */
    readonly about: string;
    /** In the order of the columns; the first one is plotted. */
    readonly metrics: readonly MetricId[];
    readonly peers: readonly string[];
  }[];
  /** Peers that could not be had here, and why. */
  readonly absent: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** Several rounds as one figure. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function summary(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** A metric of a peer at a workload, by round; rounds that do not count are left out. */
export function byRound(
  { samples }: Results,
  workload: string,
  peer: string,
  metric: MetricId,
): Map<number, number> {
  const found = new Map<number, number>();
  for (const sample of samples) {
    const value = sample.values[metric];
    if (sample.workload === workload && sample.peer === peer && !sample.invalid && value !== undefined)
      found.set(sample.round, value);
  }
  return found;
}
