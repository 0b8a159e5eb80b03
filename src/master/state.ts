/** The master's picture of its workers. Times are milliseconds of a monotonic clock. */

/** booting: spawned, not ready yet. ready: accepts. draining: accepts no more and will exit. */
export type Phase = "booting" | "ready" | "draining";

export interface WorkerState {
  /** Of the master's choosing, and nobody else's ever: a pid may be unknown still, and is used again. */
  readonly key: number;
  /** Its place, from 1. While it is replaced, two workers share one. */
  readonly id: number;
  readonly generation: number;
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  /** When it last gave a sign of life. */
  readonly heard: number;
  /** It asked to be replaced. */
  readonly unfit: boolean;
  /** Was told to drain, or killed, and why not again. */
  readonly killed: boolean;
}

/** How often a place has failed in a row, and from when on it may be tried again. */
export interface Backoff {
  readonly failures: number;
  readonly until: number;
}

export interface State {
  /** How many workers there are to be. */
  readonly wanted: number;
  /** And were to be before the reload that is under way. */
  readonly wantedBefore: number;
  readonly generation: number;
  /** Whether any worker was ever ready: before, a failure ends the master. */
  readonly served: boolean;
  /** Whether a rolling reload to `generation` is under way. */
  readonly reloading: boolean;
  /** When the stop was asked for; undefined: running. */
  readonly stoppingSince: number | undefined;
  readonly workers: readonly WorkerState[];
  /** By worker id. */
  readonly backoff: ReadonlyMap<number, Backoff>;
}

/** Milliseconds. */
export interface Limits {
  /** For a draining worker, in a reload. */
  readonly reloadMercy: number;
  /** For all, in a stop. */
  readonly stopMercy: number;
  /** Without a sign of life from a ready worker; 0: off. */
  readonly heartbeat: number;
  /** For an app to load. */
  readonly boot: number;
}

export type Event =
  | { readonly type: "spawned"; readonly key: number; readonly id: number }
  | { readonly type: "ready"; readonly key: number }
  | { readonly type: "heard"; readonly key: number }
  | { readonly type: "unfit"; readonly key: number }
  | { readonly type: "exited"; readonly key: number }
  | { readonly type: "draining"; readonly key: number }
  | { readonly type: "killed"; readonly key: number }
  | { readonly type: "reload"; readonly wanted: number }
  | { readonly type: "reload-ended"; readonly ok: boolean }
  | { readonly type: "stop" };

/** Milliseconds: the first wait after a failure; it doubles up to the last. */
const FIRST_BACKOFF = 500;
const LAST_BACKOFF = 30_000;
/** A worker that served for so long did not fail at its start: its place begins anew. */
const STEADY = 10_000;

export function initialState(wanted: number): State {
  return {
    wanted,
    wantedBefore: wanted,
    generation: 1,
    served: false,
    reloading: false,
    stoppingSince: undefined,
    workers: [],
    backoff: new Map(),
  };
}

/** What has happened, taken into the picture. */
export function reduce(state: State, event: Event, now: number): State {
  switch (event.type) {
    case "spawned": {
      const worker: WorkerState = {
        key: event.key,
        id: event.id,
        generation: state.generation,
        phase: "booting",
        since: now,
        heard: now,
        unfit: false,
        killed: false,
      };
      return { ...state, workers: [...state.workers, worker] };
    }
    case "ready":
      return { ...update(state, event.key, { phase: "ready", since: now, heard: now }), served: true };
    case "heard":
      return update(state, event.key, { heard: now });
    case "unfit":
      return update(state, event.key, { unfit: true });
    case "draining":
      return update(state, event.key, { phase: "draining", since: now });
    case "killed":
      return update(state, event.key, { killed: true });
    case "exited":
      return exited(state, event.key, now);
    case "reload":
      return {
        ...state,
        wanted: event.wanted,
        wantedBefore: state.wanted,
        generation: state.generation + 1,
        reloading: true,
        backoff: new Map(),
      };
    case "reload-ended":
      return { ...state, reloading: false, wanted: event.ok ? state.wanted : state.wantedBefore };
    case "stop":
      return { ...state, stoppingSince: state.stoppingSince ?? now };
  }
}

function update(state: State, key: number, change: Partial<WorkerState>): State {
  return {
    ...state,
    workers: state.workers.map((worker) => (worker.key === key ? { ...worker, ...change } : worker)),
  };
}

function exited(state: State, key: number, now: number): State {
  const gone = state.workers.find((worker) => worker.key === key);
  if (!gone) return state;
  const workers = state.workers.filter((worker) => worker !== gone);
  const backoff = new Map(state.backoff);
  if (gone.phase === "draining" || (gone.phase === "ready" && now - gone.since >= STEADY)) {
    backoff.delete(gone.id);
  } else {
    const failures = (backoff.get(gone.id)?.failures ?? 0) + 1;
    // One that had served is replaced at once the first time: its connections are waiting.
    const wait =
      gone.phase === "ready" && failures === 1
        ? 0
        : Math.min(FIRST_BACKOFF * 2 ** (failures - 1), LAST_BACKOFF);
    backoff.set(gone.id, { failures, until: now + wait });
  }
  return { ...state, workers, backoff };
}
