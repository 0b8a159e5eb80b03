import type { Config } from "../options/config.ts";
import type { PoolPlan } from "./plan.ts";
import type { Limits } from "./state.ts";

/** Milliseconds that an app may take to load. */
const BOOT_LIMIT = 120_000;
/** Milliseconds that a developer waits for what ends. */
const DEV_MERCY = 500;

/**
 * The limits of a pool's workers.
 * @param stopMercy milliseconds that were left for them when their stop began; undefined: it has not
 */
export function limitsOf(
  config: Config,
  pool: PoolPlan,
  dev: boolean,
  stopMercy = stopMercyOf(config, dev),
): Limits {
  return {
    reloadMercy: dev ? DEV_MERCY : config.workerReloadMercy * 1000,
    stopMercy,
    // A Python worker has its harakiri; C code that holds the interpreter's lock is no stuck event loop.
    heartbeat: dev || pool.kind === "python" ? 0 : config.heartbeatTimeout * 1000,
    boot: BOOT_LIMIT,
  };
}

/** Milliseconds that a stop may take in all. */
export function stopMercyOf(config: Config, dev: boolean): number {
  return dev ? DEV_MERCY : config.reloadMercy * 1000;
}
