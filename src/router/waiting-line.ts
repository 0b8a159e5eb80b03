import type { Exchange } from "../app/exchange.ts";
import type { Log } from "../log/log.ts";
import { printable } from "../log/printable.ts";
import { refuse } from "./refusal.ts";

/** A request that waits for a worker. */
export interface Waiting {
  readonly exchange: Exchange;
  /** Since when; milliseconds, monotonic. */
  readonly since: number;
}

/** Those that wait, in the order in which they came. */
export class WaitingLine<T extends Waiting> {
  readonly #limit: number;
  readonly #timeout: number;
  readonly #log: Log | undefined;
  readonly #line = new Set<T>();
  /** Those that were sent already, to a worker that never saw them. */
  readonly #again: T[] = [];
  #wasFull = false;

  /**
   * @param limit how many may wait; more are answered with 503.
   * @param timeout how long one may wait, milliseconds; then it is answered with 503.
   */
  constructor(limit: number, timeout: number, log: Log | undefined) {
    this.#limit = limit;
    this.#timeout = timeout;
    this.#log = log;
  }

  get length(): number {
    return this.#line.size + this.#again.length;
  }

  /** At its end, or refuses it. @param beside how many may wait beside the limit: those that have a place already. */
  add(waiting: T, beside = 0): void {
    if (this.#line.size < this.#limit + beside) {
      this.#line.add(waiting);
      return;
    }
    if (!this.#wasFull)
      this.#log?.warn(`all workers are busy and ${this.#limit} requests wait: more get 503`);
    this.#wasFull = true;
    refuse(waiting.exchange, 503);
  }

  /** Before all others, whatever the limit. */
  addFirst(waiting: T): void {
    this.#again.push(waiting);
  }

  delete(waiting: T): void {
    if (this.#line.delete(waiting) || this.#again.length === 0) return;
    const at = this.#again.indexOf(waiting);
    if (at >= 0) this.#again.splice(at, 1);
  }

  get first(): T | undefined {
    if (this.#again.length > 0) return this.#again[0];
    for (const waiting of this.#line) return waiting;
    return undefined;
  }

  /** Takes the first out of it. */
  take(): T | undefined {
    const { first } = this;
    if (first !== undefined) this.delete(first);
    return first;
  }

  /** Looks at the time limit. @param now milliseconds, monotonic */
  sweep(now: number): void {
    for (const waiting of [...this.#again, ...this.#line]) {
      if (now - waiting.since < this.#timeout) continue;
      this.delete(waiting);
      this.#log?.warn(`${named(waiting)}: no worker was free for ${this.#timeout} ms: answered with 503`);
      refuse(waiting.exchange, 503);
    }
    if (this.length === 0) this.#wasFull = false;
  }
}

/** `GET /path`, for the log. */
export function named({ exchange: { request } }: Waiting): string {
  return `${printable(request.method)} ${printable(request.target)}`;
}
