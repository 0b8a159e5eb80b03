import type { Ask } from "../machine/wrk.ts";
import type { MetricId } from "../metrics.ts";
import type { Peer, Tools } from "../peers/peer.ts";

export type Values = Partial<Record<MetricId, number>>;

/** Where and how long it is measured. */
export interface Bench {
  readonly tools: Tools;
  /** Directories of servers are made in it. */
  readonly scratch: string;
  /** Seconds of load for a sample. */
  readonly seconds: number;
  /** Which processors the servers of one worker get, and which one wrk has. */
  readonly cpus: { readonly servers: string; readonly load: string };
}

interface Described {
  readonly id: string;
  readonly title: string;
  /** What is asked and how, for the report. */
  readonly about: string;
  readonly metrics: readonly MetricId[];
  readonly peers: readonly Peer[];
}

/** Running servers are asked, one after the other; those of a group stay up together. */
export interface LoadWorkload extends Described {
  readonly group: string;
  readonly load: Ask;
  /** Servers of one worker are held to the processors that wrk does not have. */
  readonly pinned: boolean;
  /** Requests before what counts, where the usual number would take too long. */
  readonly warmUp?: number;
}

/** Each peer is started, measured in its own way and stopped. */
export interface ProbeWorkload extends Described {
  readonly probe: (peer: Peer, bench: Bench) => Promise<Values>;
}

export type Workload = LoadWorkload | ProbeWorkload;
