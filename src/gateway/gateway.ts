import { performance } from "node:perf_hooks";
import type { App, Exchange } from "../app/exchange.ts";
import type { AccessLog } from "../log/access-log.ts";
import type { Log } from "../log/log.ts";
import { printable } from "../log/printable.ts";
import { accessLine } from "./access-line.ts";
import { BodyGarbage } from "./body-garbage.ts";
import type { GatewayExchange } from "./exchange.ts";
import { longestHeld } from "./held.ts";
import type { Trust } from "./trust.ts";
import { WriteBatch } from "./write-batch.ts";

/** How long a request that was told to stop may go on before its worker is replaced, milliseconds. */
const HARAKIRI_GRACE = 5_000;
/** How often time limits are looked at, milliseconds: one timer a worker, none a request. */
const SWEEP_INTERVAL = 500;

export interface GatewayOptions {
  readonly app: App;
  /** Answers what needs no app (static files); true when it did. */
  readonly before: ((exchange: GatewayExchange) => boolean | Promise<boolean>) | undefined;
  /** What the client of a failed request sees in dev, instead of the bare status. */
  readonly errorPage: ((error: unknown, request: { method: string; target: string }) => string) | undefined;
  readonly trust: Trust;
  readonly log: Log;
  readonly accessLog: AccessLog | undefined;
  /** Bytes; the largest head of any wire. */
  readonly bufferSize: number;
  /** Bytes; 0: no limit. */
  readonly limitPost: number;
  /** Milliseconds; 0: off. */
  readonly harakiri: number;
  /** Whether a connection may carry a second request. */
  readonly keepAlive: boolean;
  /** Runs a minor garbage collection. */
  readonly collect: () => void;
  /** A request ignored its harakiri. */
  readonly onStuck: (reason: string) => void;
}

/** What the gateway asks of its connections. */
export interface OpenConnection {
  /** Whether it is kept, for one request after another, and another worker could go on with it. */
  readonly isMovable?: boolean;
  /** Looks at time limits; milliseconds, monotonic. */
  tick(now: number): void;
  /** Finish what was begun, then close. */
  drain(): void;
  /** Close now, whatever is under way. */
  cut(error: Error): void;
}

/** Between connections and the app: takes exchanges, answers errors, keeps time, counts. */
export class Gateway {
  readonly options: GatewayOptions;
  /** Since the start. */
  requests = 0;
  draining = false;
  readonly garbage: BodyGarbage;
  readonly writes = new WriteBatch();
  /** Milliseconds, monotonic; as of the last sweep or request. */
  now = performance.now();
  readonly #connections = new Set<OpenConnection>();
  readonly #exchanges = new Set<GatewayExchange>();
  readonly #sweep: NodeJS.Timeout;
  #onEmpty: (() => void) | undefined;

  constructor(options: GatewayOptions) {
    this.options = options;
    this.garbage = new BodyGarbage(options.collect);
    this.#sweep = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.#sweep.unref();
  }

  get inFlight(): number {
    return this.#exchanges.size;
  }

  /** The requests that it has had longest, a line each. */
  get held(): string[] {
    return longestHeld(this.#exchanges, performance.now());
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Those that are open. */
  get open(): ReadonlySet<OpenConnection> {
    return this.#connections;
  }

  /** How many of them are kept, for one request after another, and could be another worker's. */
  get kept(): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.isMovable) count += 1;
    return count;
  }

  add(connection: OpenConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: OpenConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** Gives a request to the app and answers for it when it fails. Never throws. */
  handle(exchange: GatewayExchange): void {
    this.requests += 1;
    if (this.options.accessLog) exchange.onClose(() => this.#closed(exchange));
    try {
      const { before, app } = this.options;
      const answered = before?.(exchange) ?? false;
      if (answered === true) return;
      const pending = answered === false ? app.handle(exchange) : this.#handleAfter(answered, exchange);
      // What is answered at once, as most are, is never kept.
      if (pending !== undefined) this.#keep(exchange, pending);
    } catch (error) {
      this.#failed(exchange, error);
    }
  }

  async #handleAfter(answered: Promise<boolean>, exchange: GatewayExchange): Promise<void> {
    if (!(await answered) && !exchange.ended) await this.options.app.handle(exchange);
  }

  /** Counts a request as long as the app works on it. */
  #keep(exchange: GatewayExchange, pending: Promise<void>): void {
    this.#exchanges.add(exchange);
    const settled = (): void => void this.#exchanges.delete(exchange);
    pending.then(settled, (error: unknown) => {
      this.#failed(exchange, error);
      settled();
    });
  }

  /** No new requests on kept connections; resolves when the last connection is gone. */
  async drain(): Promise<void> {
    this.draining = true;
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    clearInterval(this.#sweep);
  }

  /** The time to drain is over: what is still there is cut off. */
  cut(): void {
    for (const connection of this.#connections) connection.cut(new Error("The worker is stopping"));
  }

  sweep(now: number = performance.now()): void {
    this.now = now;
    for (const connection of this.#connections) connection.tick(now);
    if (this.options.harakiri > 0) for (const exchange of this.#exchanges) this.#checkHarakiri(exchange, now);
  }

  #checkHarakiri(exchange: GatewayExchange, now: number): void {
    const late = now - exchange.startedAt - this.options.harakiri;
    const { method, target } = exchange.request;
    if (late >= 0 && !exchange.timedOut && !exchange.ended) {
      exchange.timedOut = true;
      const seconds = this.options.harakiri / 1000;
      this.options.log.error(`harakiri: ${method} ${printable(target)} ran for ${seconds} s: aborted`);
      const error = new DOMException(`The request ran for more than ${seconds} s`, "TimeoutError");
      exchange.fail(error);
      if (exchange.started) exchange.abort(error);
      else answer(exchange, 504, "Gateway Timeout\n");
    } else if (late >= HARAKIRI_GRACE && exchange.timedOut) {
      this.#exchanges.delete(exchange);
      this.options.onStuck(`${method} ${printable(target)} went on after its harakiri`);
    }
  }

  #failed(exchange: GatewayExchange, error: unknown): void {
    // What an app throws because its client went, or its time was up, was said already.
    if (exchange.ended) return;
    const { method, target } = exchange.request;
    this.options.log.error(`${method} ${printable(target)}: ${describe(error)}`);
    if (exchange.started) exchange.abort(error);
    else if (this.options.errorPage)
      answer(exchange, 500, this.options.errorPage(error, { method, target }), "text/html");
    else answer(exchange, 500, "Internal Server Error\n");
  }

  #closed(exchange: GatewayExchange): void {
    this.options.accessLog?.write(accessLine(exchange, performance.now() - exchange.startedAt, Date.now()));
  }
}

/** Answers in the app's place. */
export function answer(exchange: Exchange, status: number, text: string, type = "text/plain"): void {
  exchange.respondWith(status, undefined, ["Content-Type", `${type}; charset=utf-8`], text);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `the app threw ${String(error)}`;
  return error.stack ?? `${error.name}: ${error.message}`;
}
