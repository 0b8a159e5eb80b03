import { type Keeper, KeptConnection } from "./kept-connection.ts";

/** What the pool tells the router. */
export interface PoolHost {
  /** A connection waits for a request, or there may be another. */
  changed(): void;
  /** There is none to the workers, and none can be made. */
  unreachable(error: Error): void;
}

/** The connections to the threads of the workers behind one socket: those that wait, and those that are at work. */
export class KeptPool implements Keeper {
  readonly #path: string;
  readonly #most: number;
  readonly #direct: boolean;
  readonly #host: PoolHost;
  readonly #open = new Set<KeptConnection>();
  /** Connected to, but not yet taken by a thread. */
  readonly #unmet = new Set<KeptConnection>();
  /** The one that has waited longest first, so that workers take turns. */
  readonly #free: KeptConnection[] = [];
  #draining = false;
  #closed = false;

  /** @param most connections: threads of the workers */
  constructor(path: string, most: number, direct: boolean, host: PoolHost) {
    this.#path = path;
    this.#most = most;
    this.#direct = direct;
    this.#host = host;
  }

  /** One that waits for a request. */
  take(): KeptConnection | undefined {
    return this.#free.shift();
  }

  /** Threads that are not known to be at work. */
  get idle(): number {
    return this.#most - (this.#open.size - this.#unmet.size - this.#free.length);
  }

  /** Sees to it that so many connections are on their way, as far as there may be more. */
  want(count: number): void {
    if (this.#closed) return;
    while (this.#unmet.size < count && this.#open.size < this.#most) {
      const connection = new KeptConnection(this.#path, this.#direct, this);
      this.#open.add(connection);
      this.#unmet.add(connection);
    }
  }

  /** From now on each is closed once it is free: other routers are waiting for the threads. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#free.splice(0)) connection.close();
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#open]) connection.close();
  }

  freed(connection: KeptConnection): void {
    if (this.#unmet.size > 0) this.#unmet.delete(connection);
    this.#free.push(connection);
    this.#host.changed();
    if (this.#draining) for (const idle of this.#free.splice(0)) idle.close();
  }

  gone(connection: KeptConnection, error: Error | undefined): void {
    this.#open.delete(connection);
    this.#unmet.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    if (!error) this.#host.changed();
    // Those that are at work will wait again.
    else if (this.#open.size === 0) this.#host.unreachable(error);
  }
}
