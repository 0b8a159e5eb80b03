import { performance } from "node:perf_hooks";
import type { App, Exchange, RequestBody } from "../app/exchange.ts";
import { encodePacket } from "../wire/uwsgi/packet-encoder.ts";
import type { Carried, Failure, KeptConnection } from "./kept-connection.ts";
import { KeptPool, type PoolHost } from "./kept-pool.ts";
import { refuse } from "./refusal.ts";
import { MOST_QUEUED, RequestQueue } from "./request-queue.ts";
import { isRepeatable, REPEAT_WITHIN, type RouterOptions, SWEEP_INTERVAL } from "./router.ts";
import { packetVariables } from "./variables.ts";
import { named, WaitingLine } from "./waiting-line.ts";

/** How often it is said that workers cannot be reached, milliseconds. */
const SAY_AGAIN = 1_000;
/** How long requests wait for workers that cannot be reached, milliseconds: they may be starting. */
const UNREACHABLE_LIMIT = 10_000;
/** Requests in the queue for each thread, and for all of them, beside those that the threads have. */
const AHEAD = 4;
const MOST_AHEAD = 12;
/** How soon a queue that is full is tried again, milliseconds. */
const FULL_PAUSE = 1;
/** Numbers of requests have 32 bits. */
const NUMBERS = 2 ** 32;

/** A request on its way to a worker. */
class Forward implements Carried {
  readonly exchange: Exchange;
  readonly packet: string;
  /** Since when it waits; milliseconds, monotonic. */
  readonly since: number;
  first: Uint8Array | undefined;
  /** When it was put into the queue; milliseconds, monotonic. */
  queuedAt = 0;
  /** Of the thread that is known to have it. */
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
 * The pool of Python workers behind a gateway, as an app. Requests go into a queue, from which the workers' threads
 * take them as they become free, and are answered over connections that are kept (docs/adr/0023).
 */
export class KeptRouter implements App, PoolHost {
  readonly kind: string;
  readonly #options: RouterOptions;
  readonly #path: string;
  readonly #queue: RequestQueue;
  readonly #pool: KeptPool;
  /** What the queue has no place for. */
  readonly #line: WaitingLine<Forward>;
  /** What is in the queue or at a worker, by number, in the order in which it was put there. */
  readonly #sent = new Map<number, Forward>();
  readonly #threads: number;
  /** How many may be sent. */
  readonly #most: number;
  /** What processes that are gone had taken, by their numbers. */
  readonly #lost = new Map<number, readonly number[]>();
  readonly #sweep: NodeJS.Timeout;
  /** Any number: nothing that is left of another router is taken for ours. */
  #number = Math.floor(Math.random() * NUMBERS);
  #soon: NodeJS.Timeout | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  #unreachableSince: number | undefined;

  /**
   * `backends` is one socket, of all workers; they have no other, and nobody else connects to it.
   * @param queue the path of the FIFO that is this router's
   * @throws Error: there is none.
   */
  constructor(options: RouterOptions, queue: string) {
    const { backends, maxInFlight, queueLimit, queueTimeout, nodeSockets, log } = options;
    this.kind = options.kind ?? "router";
    this.#options = options;
    this.#path = backends[0]!;
    this.#queue = new RequestQueue(queue);
    this.#pool = new KeptPool(this.#path, queue, maxInFlight, !nodeSockets, this);
    this.#line = new WaitingLine(queueLimit, queueTimeout, log);
    this.#threads = maxInFlight;
    this.#most = maxInFlight + Math.min(maxInFlight * AHEAD, MOST_AHEAD, queueLimit);
    this.#sweep = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.#sweep.unref();
    this.#pool.fill();
  }

  /** Requests for which there is no thread, as far as is known. */
  get waiting(): number {
    return this.#line.length + Math.max(0, this.#sent.size - this.#threads);
  }

  get isIdle(): boolean {
    return this.#sent.size === 0 && this.#line.length === 0;
  }

  /** Resolves when the exchange is over, however it ended: until then it counts as in flight. */
  handle(exchange: Exchange): void | Promise<void> {
    const packet = encodePacket(packetVariables(exchange.request, exchange.body));
    if (packet === undefined) return refuse(exchange, 431);
    const forward = new Forward(this, exchange, packet, performance.now());
    return new Promise<void>((resolve) => {
      exchange.onClose(() => {
        // One that is in the queue stays there, until it is taken or taken back.
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
    clearTimeout(this.#soon);
    this.#pool.close();
    this.#queue.close();
  }

  /** Looks at time limits. @param now milliseconds, monotonic. */
  sweep(now: number = performance.now()): void {
    for (const { connection, queuedAt } of this.#sent.values()) {
      if (connection !== undefined || now - queuedAt < SWEEP_INTERVAL) continue;
      this.#takeBack();
      break;
    }
    this.#line.sweep(now);
    this.#advance(now);
  }

  /** A worker's process is gone. @param numbers of requests that it had taken, answered or not */
  lost(pid: number, numbers: readonly number[]): void {
    // What it had said before is read first.
    setImmediate(() => {
      this.#lost.set(pid, numbers);
      this.left(pid);
    });
  }

  left(pid: number | undefined): void {
    // Whoever was woken up for what is in the queue may be gone.
    if (this.#sent.size > 0) this.#queue.wake();
    if (pid === undefined || this.#pool.has(pid)) return;
    const numbers = this.#lost.get(pid) ?? [];
    this.#lost.delete(pid);
    for (const number of numbers) {
      const forward = this.#sent.get(number);
      if (forward === undefined || forward.connection !== undefined) continue;
      this.#sent.delete(number);
      this.failed(forward, "lost", new Error("it is gone"));
    }
    this.#advance(performance.now());
  }

  #enter(forward: Forward): void {
    if (this.#line.length === 0 && this.#put(forward, forward.since)) return;
    // Those that are sent wait too, but for as many as there are threads.
    this.#line.add(forward, this.#threads - this.#sent.size);
  }

  /** false: there is no place for it. */
  #put(forward: Forward, now: number): boolean {
    if (this.#sent.size >= this.#most) return false;
    const { packet } = forward;
    this.#number = (this.#number + 1) % NUMBERS || 1;
    const fits = fitsWhole(forward);
    if (!this.#queue.put(this.#number, fits ? packet : "", fits ? forward.first : undefined)) {
      // It holds fewer than there may be threads: they are about to take them.
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined;
        this.#advance(performance.now());
      }, FULL_PAUSE);
      return false;
    }
    this.#sent.set(this.#number, forward);
    forward.queuedAt = now;
    // Of those that it had, some may have gone while there was nothing to do.
    this.#pool.fill();
    return true;
  }

  /** Sends what waits, as far as there is place. */
  #advance(now: number): void {
    while (this.#line.length > 0) {
      if (!this.#put(this.#line.first!, now)) return;
      this.#line.take();
    }
  }

  /** Takes what no thread has taken out of the queue again: nobody waits for some of it, or it waits too long. */
  #takeBack(): void {
    for (const number of this.#queue.takeBack()) {
      const forward = this.#sent.get(number);
      this.#sent.delete(number);
      if (forward !== undefined && !forward.exchange.ended) this.#line.addFirst(forward);
    }
  }

  taken(number: number, connection: KeptConnection): Forward | undefined {
    const forward = this.#sent.get(number);
    if (forward === undefined || forward.exchange.ended) return undefined;
    forward.connection = connection;
    return forward;
  }

  settled(number: number): void {
    this.#sent.delete(number);
    if (this.#line.length > 0) this.#advance(performance.now());
  }

  reached(): void {
    this.#unreachableSince = undefined;
  }

  unreachable(error: Error): void {
    const { log } = this.#options;
    const now = performance.now();
    this.#unreachableSince ??= now;
    if (this.isIdle || now - this.#unreachableSince < UNREACHABLE_LIMIT) return;
    if (now - this.#saidAt >= SAY_AGAIN)
      log?.warn(`cannot connect to the worker at ${this.#path}: ${error.message}`);
    this.#saidAt = now;
    this.#takeBack();
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
    const now = performance.now();
    if (kind === "unbegun" || (kind === "lost" && mayRepeat(forward, now))) {
      if (kind === "lost") forward.repeated = true;
      this.#line.addFirst(forward);
      this.#advance(now);
      return;
    }
    const status = kind === "cut-off" ? 400 : 502;
    const what = exchange.started ? "cut off" : `answered with ${status}`;
    const why = kind === "cut-off" ? error.message : `the worker at ${this.#path}: ${error.message}`;
    this.#options.log?.error(`${named(forward)}: ${why}: ${what}`);
    if (exchange.started) exchange.abort(error);
    else refuse(exchange, status);
  }
}

/** Whether a request, with all of its body, is here and fits into the queue. */
function fitsWhole(forward: Forward): boolean {
  const { body } = forward.exchange;
  const room = MOST_QUEUED - forward.packet.length;
  if (body === null) return room >= 0;
  // To ask for bytes of a body is to tell the client to send it.
  if (body.length === undefined || body.length > room) return false;
  forward.first ??= begunOf(body);
  return (forward.first?.length ?? 0) === body.length;
}

/** What has come of a body; undefined: nothing yet, or nothing good, of which its reader is to hear. */
function begunOf(body: RequestBody): Uint8Array | undefined {
  try {
    return body.read() ?? undefined;
  } catch {
    return undefined;
  }
}

function mayRepeat({ repeated, exchange, queuedAt }: Forward, now: number): boolean {
  return !repeated && isRepeatable(exchange) && now - queuedAt <= REPEAT_WITHIN;
}
