import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds between looks, and before giving up: for what no event can be waited for, another process's state. */
const INTERVAL = 5;
const PATIENCE = 10_000;

/**
 * Looks until it is as it should be.
 * @throws Error with what was seen last.
 */
export async function poll<T>(look: () => Promise<T> | T, good: (seen: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (performance.now() > end) throw new Error(`Still not so after ${PATIENCE} ms: ${String(seen)}`);
    await wait(INTERVAL);
  }
}
