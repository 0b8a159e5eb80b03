import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds between looks, and before giving up: for what no event can be waited for, another process's state. */
const INTERVAL = 5;
const PATIENCE = 5_000;

/**
 * Looks until it is as it should be.
 * @throws Error with what was seen last.
 */
export async function poll<T>(look: () => Promise<T> | T, good: (seen: T) => boolean): Promise<T> {
  let seen: T | undefined;
  const late = wait(PATIENCE, undefined, { ref: false }).then(() => {
    throw new Error(`Still not so after ${PATIENCE} ms; seen last: ${String(seen)}`);
  });
  late.catch(() => {});
  for (;;) {
    seen = await Promise.race([look(), late]);
    if (good(seen)) return seen;
    await Promise.race([wait(INTERVAL), late]);
  }
}
