import type { Limits, State, WorkerState } from "./state.ts";

/** What the master is to do next. */
export type Action =
  | { readonly type: "spawn"; readonly id: number }
  /** Milliseconds for it to finish. */
  | { readonly type: "drain"; readonly key: number; readonly mercy: number }
  | { readonly type: "kill"; readonly key: number; readonly why: "mercy" | "heartbeat" | "boot" | "stop" }
  | { readonly type: "reload-done" }
  /** Nobody is left and nobody is wanted. */
  | { readonly type: "exit" };

/** Milliseconds beyond its mercy before a draining worker, which should have cut off by itself, is killed. */
const KILL_MARGIN = 1_000;

/** Milliseconds after which a reload is done though old workers still drain: more than they keep idle connections. */
const SETTLE = 2_000;

/** What is due now, by the picture alone: no clock, no process, no socket. */
export function decide(state: State, limits: Limits, now: number): Action[] {
  if (state.stoppingSince !== undefined) return stop(state, limits, now);
  const actions = [...overdue(state, limits, now), ...surplus(state, limits)];
  for (let id = 1; id <= state.wanted; id++) actions.push(...place(state, limits, id, now));
  if (state.reloading && reloaded(state) && settled(state, now)) actions.push({ type: "reload-done" });
  return actions;
}

/** When something may become due without anything happening; undefined: never. */
export function nextDue(state: State, now: number): number | undefined {
  const times = [...state.backoff.values()].map(({ until }) => until);
  if (state.reloading)
    for (const { phase, since } of state.workers) if (phase === "draining") times.push(since + SETTLE);
  const due = Math.min(...times.filter((time) => time > now));
  return Number.isFinite(due) ? due : undefined;
}

function stop(state: State, limits: Limits, now: number): Action[] {
  if (state.workers.length === 0) return [{ type: "exit" }];
  const left = Math.max(0, state.stoppingSince! + limits.stopMercy - now);
  return state.workers.flatMap((worker): Action[] => {
    // One that is still loading has nothing to finish.
    if (worker.phase === "booting")
      return worker.killed ? [] : [{ type: "kill", key: worker.key, why: "stop" }];
    if (worker.phase === "ready") return [{ type: "drain", key: worker.key, mercy: left }];
    return left === 0 && now >= state.stoppingSince! + limits.stopMercy + KILL_MARGIN && !worker.killed
      ? [{ type: "kill", key: worker.key, why: "mercy" }]
      : [];
  });
}

function overdue(state: State, limits: Limits, now: number): Action[] {
  return state.workers.flatMap((worker): Action[] => {
    if (worker.killed) return [];
    const kill = (why: "mercy" | "heartbeat" | "boot"): Action[] => [{ type: "kill", key: worker.key, why }];
    if (worker.phase === "booting") return now - worker.since > limits.boot ? kill("boot") : [];
    if (worker.phase === "draining" && now - worker.since > limits.reloadMercy + KILL_MARGIN)
      return kill("mercy");
    const silent = worker.phase === "ready" && limits.heartbeat > 0 && now - worker.heard > limits.heartbeat;
    return silent ? kill("heartbeat") : [];
  });
}

/** Workers in places that are no longer wanted drain, once the others serve what they served. */
function surplus(state: State, limits: Limits): Action[] {
  if (state.reloading && !reloaded(state)) return [];
  return state.workers
    .filter((worker) => worker.id > state.wanted && worker.phase !== "draining")
    .map((worker) => drain(worker, limits));
}

/**
 * One place: its worker of the current generation serves, and older ones drain only then. In a reload
 * one place is renewed after the other, so that a machine never runs twice the workers.
 */
function place(state: State, limits: Limits, id: number, now: number): Action[] {
  const here = state.workers.filter((worker) => worker.id === id && worker.phase !== "draining");
  const serving = here.find((worker) => fit(state, worker) && worker.phase === "ready");
  if (serving)
    return here
      .filter((worker) => worker !== serving && worker.phase === "ready")
      .map((worker) => drain(worker, limits));
  if (here.some((worker) => worker.phase === "booting")) return [];
  const renewing = here.length > 0;
  if (renewing && state.workers.some((worker) => worker.phase === "booting")) return [];
  if (renewing && earlierPlaceOpen(state, id)) return [];
  // The first worker shows whether the app loads at all: one clear error instead of one a worker.
  if (!state.served && id > 1) return [];
  const backoff = state.backoff.get(id);
  return backoff && backoff.until > now ? [] : [{ type: "spawn", id }];
}

function fit(state: State, worker: WorkerState): boolean {
  return !worker.unfit && (worker.generation === state.generation || !state.reloading);
}

function earlierPlaceOpen(state: State, id: number): boolean {
  for (let earlier = 1; earlier < id; earlier++)
    if (
      !state.workers.some((worker) => worker.id === earlier && worker.phase === "ready" && fit(state, worker))
    )
      return true;
  return false;
}

function reloaded(state: State): boolean {
  for (let id = 1; id <= state.wanted; id++)
    if (
      !state.workers.some(
        (worker) => worker.id === id && worker.phase === "ready" && worker.generation === state.generation,
      )
    )
      return false;
  return true;
}

/**
 * A client that keeps its connection may get one more answer from the worker that drains: the reload is
 * told as done when that is over. Long responses are not waited for.
 */
function settled(state: State, now: number): boolean {
  return state.workers.every(
    ({ generation, phase, since }) =>
      generation === state.generation || (phase === "draining" && now - since >= SETTLE),
  );
}

function drain(worker: WorkerState, limits: Limits): Action {
  return { type: "drain", key: worker.key, mercy: limits.reloadMercy };
}
