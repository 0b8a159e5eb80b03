import type { GatewayExchange } from "./exchange.ts";

/** Milliseconds; a younger request is over by the time that anybody asks. */
const LEAST_AGE = 100;
/** Requests named. */
const MOST = 20;
/** Characters of a target. */
const LONGEST = 300;

/**
 * The requests under way for longest, oldest first, for the log of a master whose worker was killed:
 * "GET /slow from 192.0.2.7, 3.2 s". Foreign text, as it came.
 * @param exchanges in the order in which they came
 * @param now milliseconds, monotonic
 */
export function longestHeld(exchanges: Iterable<GatewayExchange>, now: number): string[] {
  const lines: string[] = [];
  for (const { request, startedAt } of exchanges) {
    const age = now - startedAt;
    if (age < LEAST_AGE || lines.length === MOST) break;
    const { method, target, remoteAddress } = request;
    const shown = target.length > LONGEST ? `${target.slice(0, LONGEST)}…` : target;
    lines.push(`${method} ${shown} from ${remoteAddress || "-"}, ${(age / 1000).toFixed(1)} s`);
  }
  return lines;
}
