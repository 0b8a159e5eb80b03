import { performance } from "node:perf_hooks";
import type { App, Exchange } from "../app/exchange.ts";
import type { Log } from "../log/log.ts";
import { encodePacket } from "../wire/uwsgi/packet-encoder.ts";
import { type Backend, BackendPool } from "./backend-pool.ts";
import { refuse } from "./refusal.ts";
import { Transfer, type TransferEnd } from "./transfer.ts";
import { packetVariables } from "./variables.ts";
import { named, WaitingLine } from "./waiting-line.ts";

/** How often time limits are looked at, milliseconds: one timer a router, none a request. */
export const SWEEP_INTERVAL = 250;
/**
 * A request whose worker was lost so soon is repeated, milliseconds: it met a worker that was going. One
 * that was lost later most likely took the worker with it (harakiri), and would take another.
 */
export const REPEAT_WITHIN = 1_000;

export interface RouterOptions {
  /** Paths of the unix sockets of the workers, one each. */
  readonly backends: readonly string[];
  /** Requests that a backend gets at a time: its worker's threads. More wait in the queue. */
  readonly maxInFlight: number;
  /** Requests that may wait; more are answered with 503. */
  readonly queueLimit: number;
  /** How long one may wait, milliseconds; then it is answered with 503. */
  readonly queueTimeout: number;
  /** How long a connection to a backend may take to be made, milliseconds. */
  readonly connectTimeout: number;
  /** Connections as node's sockets, and not on its handles. */
  readonly nodeSockets?: boolean;
  /** What the app behind it is, for the log. */
  readonly kind?: string;
  readonly log?: Log;
}

/** A request on its way to a backend. */
interface Forward {
  readonly exchange: Exchange;
  readonly packet: string;
  /** Since when it waits, or its connection is being made; milliseconds, monotonic. */
  since: number;
  transfer: Transfer | undefined;
  /** Backends that could not be connected to. */
  tried: Backend[] | undefined;
  /** A worker was lost with it: a second one is risked, a third is not. */
  repeated: boolean;
}

/** The pool of Python workers behind a gateway, as an app: HTTP or FastCGI outside, uwsgi inside. */
export function routerApp(options: RouterOptions): App {
  return new Router(options);
}

/** Sends each exchange to the worker that has the fewest, or lets it wait for one, first come, first served. */
export class Router implements App {
  readonly kind: string;
  readonly #options: RouterOptions;
  readonly #pool: BackendPool;
  readonly #line: WaitingLine<Forward>;
  readonly #started = new Set<Forward>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: RouterOptions) {
    this.kind = options.kind ?? "router";
    this.#options = options;
    this.#pool = new BackendPool(options.backends, options.maxInFlight);
    this.#line = new WaitingLine(options.queueLimit, options.queueTimeout, options.log);
    this.#sweep = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.#sweep.unref();
  }

  /** Requests waiting for a backend. */
  get waiting(): number {
    return this.#line.length;
  }

  /** Resolves when the exchange is over, however it ended: until then it counts as in flight. */
  async handle(exchange: Exchange): Promise<void> {
    const packet = encodePacket(packetVariables(exchange.request, exchange.body));
    if (packet === undefined) {
      refuse(exchange, 431);
      return;
    }
    await new Promise<void>((resolve) => {
      const since = performance.now();
      const forward: Forward = {
        exchange,
        packet,
        since,
        transfer: undefined,
        tried: undefined,
        repeated: false,
      };
      exchange.onClose(() => {
        this.#line.delete(forward);
        forward.transfer?.release();
        resolve();
      });
      this.#enter(forward);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
  }

  /** Looks at time limits. @param now milliseconds, monotonic. */
  sweep(now: number = performance.now()): void {
    const { connectTimeout } = this.#options;
    this.#line.sweep(now);
    // A list of its own: one that gives up may start anew.
    for (const { transfer, since } of [...this.#started])
      if (transfer && !transfer.connected && now - since >= connectTimeout)
        transfer.timeOut(new Error(`no connection within ${connectTimeout} ms`));
    // A backend that was resting may be tried again.
    this.#advance(now);
  }

  #enter(forward: Forward): void {
    if (forward.exchange.ended) return;
    const backend = this.#line.length === 0 ? this.#pool.free(forward.since) : undefined;
    if (backend) this.#start(forward, backend, forward.since);
    else this.#line.add(forward);
  }

  /** Starts what waits, as long as there are backends for it. */
  #advance(now: number): void {
    while (this.#line.length > 0) {
      const backend = this.#pool.free(now);
      if (!backend) return;
      this.#start(this.#line.take()!, backend, now);
    }
  }

  #start(forward: Forward, backend: Backend, now: number): void {
    backend.inFlight += 1;
    forward.since = now;
    this.#started.add(forward);
    const { exchange, packet } = forward;
    forward.transfer = new Transfer(exchange, packet, backend.path, !this.#options.nodeSockets, (end) =>
      this.#ended(forward, backend, end),
    );
  }

  #ended(forward: Forward, backend: Backend, end: TransferEnd): void {
    backend.inFlight -= 1;
    this.#started.delete(forward);
    const now = performance.now();
    if (end.kind === "unreachable") this.#rest(backend, end.error, now);
    if (end.kind !== "over" && !forward.exchange.ended) {
      const other = this.#another(forward, backend, end.kind, now);
      if (other) this.#start(forward, other, now);
      else this.#fail(forward, backend, end.kind, end.error);
    }
    this.#advance(now);
  }

  /** The backend to try next, where trying again cannot do what the client asked for twice. */
  #another(
    forward: Forward,
    backend: Backend,
    kind: "unreachable" | "lost" | "broken" | "cut-off",
    now: number,
  ): Backend | undefined {
    if (kind === "unreachable") {
      forward.tried ??= [];
      forward.tried.push(backend);
      return this.#pool.other(now, forward.tried);
    }
    if (kind !== "lost" || forward.repeated || !isRepeatable(forward.exchange)) return undefined;
    if (now - forward.since > REPEAT_WITHIN) return undefined;
    forward.repeated = true;
    // A socket that is the only one may have several workers behind it.
    return this.#pool.other(now, [backend]) ?? backend;
  }

  #rest(backend: Backend, error: Error, now: number): void {
    if (this.#pool.rest(backend, now))
      this.#options.log?.warn(`cannot connect to the worker at ${backend.path}: ${error.message}`);
  }

  #fail(
    forward: Forward,
    backend: Backend,
    kind: "unreachable" | "lost" | "broken" | "cut-off",
    error: Error,
  ): void {
    const { exchange } = forward;
    const status = kind === "unreachable" ? 503 : kind === "cut-off" ? 400 : 502;
    const what = exchange.started ? "cut off" : `answered with ${status}`;
    const why = kind === "cut-off" ? error.message : `the worker at ${backend.path}: ${error.message}`;
    this.#options.log?.error(`${named(forward)}: ${why}: ${what}`);
    if (exchange.started) exchange.abort(error);
    else refuse(exchange, status);
  }
}

/** Methods that may be repeated by whoever sends them on (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

export function isRepeatable({ request, body }: Exchange): boolean {
  return IDEMPOTENT.has(request.method) && (body === null || body.length === 0);
}
