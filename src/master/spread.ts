import type { Moved } from "../channel/messages.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import type { ConnectionHandle } from "./worker-process.ts";

/** Milliseconds between two orders: the one before is done then, or has been given up. */
const PAUSE = 300;
/** Milliseconds for workers to say how many they have; one that is stuck is taken as it last was. */
const REPORT_LIMIT = 300;
/** What a worker may have more than its share of the kept connections before it is told to pass some on. */
const SLACK = 0.03;
/** The most that are passed on at a time. */
const MOST = 256;

/**
 * How many kept connections the worker with the most of them is to pass on; 0: they are spread evenly enough.
 * @param kept of each worker
 */
export function surplus(kept: readonly number[]): number {
  const share = kept.reduce((sum, count) => sum + count, 0) / kept.length;
  const most = Math.max(...kept);
  // One more than the share is what whole numbers may take.
  if (most <= share * (1 + SLACK) + 1) return 0;
  return Math.min(most - Math.ceil(share), MOST);
}

/**
 * Keeps the kept connections of a pool spread evenly over its workers. Who accepts which is the kernel's and
 * chance, and a worker that was replaced begins with none; so the one with the most is told to pass some on,
 * and each goes to the one that has the fewest (docs/adr/0019).
 */
export class Spread {
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** A worker has reported. @param ready the workers that serve */
  reported(ready: readonly WorkerHandle[]): void {
    if (ready.length < 2 || surplus(ready.map(keptBy)) === 0) return;
    if (performance.now() - this.#lookedAt < PAUSE) return;
    this.#lookedAt = performance.now();
    void this.#look(ready);
  }

  /** Their reports are up to a second old, and the connections of a moment ago may be in one and not in the others. */
  async #look(ready: readonly WorkerHandle[]): Promise<void> {
    await Promise.all(ready.map((worker) => worker.freshReport(REPORT_LIMIT)));
    const count = surplus(ready.map(keptBy));
    if (count > 0) ready.reduce((a, b) => (keptBy(b) > keptBy(a) ? b : a)).send({ type: "give", count });
  }

  /** A worker has passed a connection on. @param from undefined: it has ended since */
  passed(
    from: WorkerHandle | undefined,
    { protocol, isUnix }: Moved,
    handle: ConnectionHandle,
    ready: readonly WorkerHandle[],
  ): void {
    const others = ready.filter((worker) => worker !== from);
    // Where nobody else serves any more it goes back.
    const to = others.length === 0 ? from : others.reduce((a, b) => (keptBy(b) < keptBy(a) ? b : a));
    if (to === undefined) return;
    to.report = { ...to.report, kept: keptBy(to) + 1 };
    to.send({ type: "take", protocol, isUnix }, handle);
  }
}

function keptBy(worker: WorkerHandle): number {
  return worker.report.kept ?? 0;
}
