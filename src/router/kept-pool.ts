import { type Carried, type Keeper, KeptConnection } from "./kept-connection.ts";

/** What the pool tells the router. */
export interface PoolHost {
  taken(number: number, connection: KeptConnection): Carried | undefined;
  settled(number: number): void;
  /** Of a worker's process, as far as it had joined. */
  left(pid: number | undefined): void;
  /** No connection can be made. */
  unreachable(error: Error): void;
  /** One can. */
  reached(): void;
  /** Whether there is anything to do while draining. */
  readonly isIdle: boolean;
}

/** How soon it is tried again to connect, milliseconds: a worker that is being started listens any moment. */
const RETRY = 50;

/** The connections to the threads of the workers behind one socket, one for each. */
export class KeptPool implements Keeper {
  readonly #path: string;
  readonly #queue: string;
  readonly #size: number;
  readonly #direct: boolean;
  readonly #host: PoolHost;
  readonly #open = new Set<KeptConnection>();
  #retry: NodeJS.Timeout | undefined;
  #draining = false;
  #closed = false;

  /**
   * @param queue the path of what the threads take from
   * @param size connections: threads of the workers
   */
  constructor(path: string, queue: string, size: number, direct: boolean, host: PoolHost) {
    this.#path = path;
    this.#queue = queue;
    this.#size = size;
    this.#direct = direct;
    this.#host = host;
  }

  /** Whether a thread of that process has joined and not left. */
  has(pid: number): boolean {
    for (const connection of this.#open) if (connection.pid === pid) return true;
    return false;
  }

  /** Sees to it that there are connections. One that no thread takes costs nothing. */
  fill(): void {
    if (this.#closed || this.#retry !== undefined || (this.#draining && this.#host.isIdle)) return;
    while (this.#open.size < this.#size)
      this.#open.add(new KeptConnection(this.#path, this.#queue, this.#direct, this));
  }

  /** From now on threads may serve others too: another router is waiting for them. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#open) connection.leave();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const connection of [...this.#open]) connection.close();
  }

  joined(connection: KeptConnection): void {
    this.#host.reached();
    if (this.#draining) connection.leave();
  }

  taken(number: number, connection: KeptConnection): Carried | undefined {
    return this.#host.taken(number, connection);
  }

  settled(number: number): void {
    this.#host.settled(number);
  }

  gone(connection: KeptConnection, error: Error | undefined): void {
    this.#open.delete(connection);
    if (this.#closed) return;
    if (error === undefined) {
      this.#host.left(connection.pid);
      this.fill();
      return;
    }
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.fill();
    }, RETRY);
    this.#retry.unref();
    this.#host.unreachable(error);
  }
}
