import { performance } from "node:perf_hooks";
import type { App, Exchange } from "../app/exchange.ts";
import { encodePacket } from "../wire/uwsgi/packet-encoder.ts";
import type { Carried, Failure, KeptConnection } from "./kept-connection.ts";
import { KeptPool, type PoolHost } from "./kept-pool.ts";
import { refuse } from "./refusal.ts";
import { isRepeatable, REPEAT_WITHIN, type RouterOptions, SWEEP_INTERVAL } from "./router.ts";
import { packetVariables } from "./variables.ts";
import { named, WaitingLine } from "./waiting-line.ts";

/** The pool of Python workers behind a gateway, as an app, over connections that are kept. */
export function keptRouterApp(options: RouterOptions): App {
  return new KeptRouter(options);
}

/** How often it is said that workers cannot be reached, milliseconds. */
const SAY_AGAIN = 1_000;

/** A request on its way to a worker. */
class Forward implements Carried {
  readonly exchange: Exchange;
  readonly packet: string;
  /** Since when it waits, or is at a worker; milliseconds, monotonic. */
  since: number;
  first: Uint8Array | undefined;
  connection: KeptConnection | undefined;
  /** A worker was lost with it: a second one is risked, a third is not. */
  repeated = false;
  readonly #router: KeptRouter;

  constructor(router: KeptRouter, exchange: Exchange, packet: string, since: number) {
    this.#router = router;
    this.exchange = exchange;
    this.packet = packet;
    this.since = since;
  }

  failed(kind: Failure, error: Error): void {
    this.#router.failed(this, kind, error);
  }
}

/**
 * The pool of Python workers behind a gateway, over connections that are kept: each is one thread's, which says
 * when it waits for a request, so that none is ever sent to a worker that has another (docs/adr/0021).
 */
export class KeptRouter implements App, PoolHost {
  readonly kind: string;
  readonly #options: RouterOptions;
  readonly #path: string;
  readonly #pool: KeptPool;
  readonly #line: WaitingLine<Forward>;
  readonly #sweep: NodeJS.Timeout;
  #saidAt = Number.NEGATIVE_INFINITY;

  /** `backends` is one socket, of all workers; they have no other, and nobody else connects to it. */
  constructor(options: RouterOptions) {
    const { backends, maxInFlight, queueLimit, queueTimeout, nodeSockets, log } = options;
    this.kind = options.kind ?? "router";
    this.#options = options;
    this.#path = backends[0]!;
    this.#pool = new KeptPool(this.#path, maxInFlight, !nodeSockets, this);
    this.#line = new WaitingLine(queueLimit, queueTimeout, log);
    this.#sweep = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.#sweep.unref();
  }

  /** Requests waiting for a worker. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves when the exchange is over, however it ended: until then it counts as in flight. */
  handle(exchange: Exchange): void | Promise<void> {
    const packet = encodePacket(packetVariables(exchange.request, exchange.body));
    if (packet === undefined) return refuse(exchange, 431);
    const forward = new Forward(this, exchange, packet, performance.now());
    return new Promise<void>((resolve) => {
      exchange.onClose(() => {
        if (forward.connection) forward.connection.release(forward);
        else this.#line.delete(forward);
        resolve();
      });
      if (!exchange.ended) this.#enter(forward);
    });
  }

  drain(): void {
    this.#pool.drain();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#pool.close();
  }

  /** Looks at time limits. @param now milliseconds, monotonic. */
  sweep(now: number = performance.now()): void {
    this.#line.sweep(now);
    this.#advance();
  }

  #enter(forward: Forward): void {
    const connection = this.#line.length === 0 ? this.#pool.take() : undefined;
    if (connection) {
      this.#send(forward, connection);
      return;
    }
    // For whom a connection is being made is as good as at work.
    this.#line.add(forward, this.#pool.idle);
    this.#pool.want(this.#line.length);
  }

  #send(forward: Forward, connection: KeptConnection): void {
    forward.connection = connection;
    connection.carry(forward);
  }

  changed(): void {
    this.#advance();
  }

  /** Sends what waits, as long as there are threads for it. */
  #advance(): void {
    while (this.#line.length > 0) {
      const connection = this.#pool.take();
      if (!connection) {
        this.#pool.want(this.#line.length);
        return;
      }
      const forward = this.#line.take()!;
      forward.since = performance.now();
      this.#send(forward, connection);
    }
  }

  unreachable(error: Error): void {
    const { log } = this.#options;
    const now = performance.now();
    if (now - this.#saidAt >= SAY_AGAIN)
      log?.warn(`cannot connect to the worker at ${this.#path}: ${error.message}`);
    this.#saidAt = now;
    for (let forward = this.#line.take(); forward; forward = this.#line.take()) {
      log?.error(`${named(forward)}: the worker at ${this.#path}: ${error.message}: answered with 503`);
      refuse(forward.exchange, 503);
    }
  }

  /** What the connection that carried it has to say. */
  failed(forward: Forward, kind: Failure, error: Error): void {
    forward.connection = undefined;
    const { exchange } = forward;
    if (exchange.ended) return;
    if (kind === "unbegun" || (kind === "lost" && this.#mayRepeat(forward))) {
      if (kind === "lost") forward.repeated = true;
      this.#line.addFirst(forward);
      this.#advance();
      return;
    }
    const status = kind === "cut-off" ? 400 : 502;
    const what = exchange.started ? "cut off" : `answered with ${status}`;
    const why = kind === "cut-off" ? error.message : `the worker at ${this.#path}: ${error.message}`;
    this.#options.log?.error(`${named(forward)}: ${why}: ${what}`);
    if (exchange.started) exchange.abort(error);
    else refuse(exchange, status);
  }

  #mayRepeat({ repeated, exchange, since }: Forward): boolean {
    return !repeated && isRepeatable(exchange) && performance.now() - since <= REPEAT_WITHIN;
  }
}
