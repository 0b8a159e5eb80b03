import { unlinkSync } from "node:fs";
import type { InheritedListener, Protocol, TlsConfig } from "../channel/messages.ts";
import { type BoundSocket, bindTcp, bindUnix, type UnixAccess } from "../listener/bind.ts";
import { servesCopy } from "../listener/share.ts";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import type { Log } from "../log/log.ts";
import type { ListenPlan } from "./plan.ts";

/** One address, bound: as one socket that all workers share, or as copies of which each worker has its own. */
interface Listener {
  readonly pool: string;
  readonly protocol: Protocol;
  readonly copies: BoundSocket[];
  /** Whether every worker serves it, there being one for all. */
  readonly shared: boolean;
  /** How many of the copies are surely connected to; undefined: all. */
  readonly named?: number;
  /** Where worker `id` has a copy, of those that may become more. */
  readonly pathOf?: (id: number) => string;
  /** Whether only our own processes know of it. */
  readonly internal: boolean;
  /** Whether its connections are kept by workers of Python apps. */
  readonly kept: boolean;
  /** Its name among the listeners for TLS. */
  readonly tls: string | undefined;
  readonly redirect: string | undefined;
}

/** Everything the master listens on. Never closed before the end: connections may wait in it. */
export class Listeners {
  readonly #listeners: readonly Listener[];
  readonly #backlog: number;
  readonly #access: UnixAccess;

  private constructor(listeners: readonly Listener[], backlog: number, access: UnixAccess) {
    this.#listeners = listeners;
    this.#backlog = backlog;
    this.#access = access;
  }

  /**
   * @param internal who may connect to sockets between our own processes
   * @throws ListenError; nothing stays bound then.
   */
  static async bind(
    plans: readonly ListenPlan[],
    backlog: number,
    access: UnixAccess,
    internal: UnixAccess,
  ): Promise<Listeners> {
    const bound: Listener[] = [];
    try {
      for (const plan of plans) bound.push(...(await bindOne(plan, plan.internal ? internal : access)));
    } catch (error) {
      unbind(bound);
      throw error;
    }
    return new Listeners(bound, backlog, access);
  }

  /**
   * Binds what more workers need, where each has a socket of its own that NGINX is told of; none is taken away.
   * On TCP more workers share what there is.
   * @throws ListenError; what is bound by then serves the workers that there are.
   */
  async grow(workers: (pool: string) => number): Promise<void> {
    for (const { pool, copies, pathOf } of this.#listeners)
      if (pathOf) await bindCopies(copies, pathOf, workers(pool), this.#access);
  }

  /** Whether NGINX is told of a socket for each worker. */
  get forEachWorker(): boolean {
    return this.#listeners.some(({ pathOf }) => pathOf !== undefined);
  }

  /**
   * What worker `id` of `workers` of a pool inherits: the descriptors of the master, in order, and how to read each.
   * @param certificates of the listeners for TLS, by their names
   */
  forWorker(
    pool: string,
    id: number,
    workers: number,
    certificates: ReadonlyMap<string, TlsConfig>,
  ): { socket: BoundSocket; listener: Omit<InheritedListener, "fd"> }[] {
    return this.#listeners
      .filter((listener) => listener.pool === pool)
      .flatMap(({ protocol, copies, shared, named, kept, tls, redirect }) =>
        copies
          .filter((_, copy) => shared || servesCopy(copy, copies.length, id, workers, named))
          .map((socket) => ({
            socket,
            listener: {
              protocol,
              address: socket.address,
              backlog: this.#backlog,
              ...(kept && { kept }),
              ...(tls !== undefined && { tls: certificates.get(tls)! }),
              ...(redirect !== undefined && { redirect }),
            },
          })),
      );
  }

  /** Each address once, for people: "http :5000". */
  get described(): string[] {
    return [
      ...new Set(
        this.#listeners.filter(isShown).map(({ protocol, copies }) => `${protocol} ${copies[0]!.address}`),
      ),
    ];
  }

  /** The first address that a browser can ask. */
  get url(): string | undefined {
    for (const { protocol, copies } of this.#listeners) {
      const { port, address } = copies[0]!;
      if ((protocol !== "http" && protocol !== "https") || port === undefined) continue;
      const host = address.slice(0, address.lastIndexOf(":"));
      return `${protocol}://${host === "" || host === "0.0.0.0" || host === "[::]" ? "localhost" : host}:${port}/`;
    }
    return undefined;
  }

  /** Removes socket files: all of them (`vacuum`), or those that only our own processes know of. */
  vacuum(log: Log, all: boolean): void {
    for (const { copies } of this.#listeners.filter(({ internal }) => all || internal))
      for (const { path } of copies) {
        const error = path === undefined ? undefined : remove(path);
        if (error) log.warn(`Cannot vacuum ${path}: ${error}`);
      }
  }
}

async function bindOne(plan: ListenPlan, access: UnixAccess): Promise<Listener[]> {
  const { pool, protocol, address, copies: count, internal, kept, redirect } = plan;
  const tls = plan.tls?.name;
  if (address.kind === "tcp") {
    const hosts = await bindTcp(address.host, address.port, count);
    return hosts.map((copies) => ({
      pool,
      protocol,
      copies,
      shared: count === 1,
      internal,
      kept,
      tls,
      redirect,
    }));
  }
  const mine = internal ? { ...access, mode: 0o600 } : access;
  const path = internal ? address.path : sharedSocketPath(address.path);
  const bound = [await bindUnix(path, mine)];
  const shared: Listener = { pool, protocol, copies: bound, shared: true, internal, kept, tls, redirect };
  if (!plan.workerSockets || address.path.startsWith("\0")) return [shared];
  const own: Listener = {
    ...shared,
    protocol: "http",
    copies: [],
    shared: false,
    ...(!plan.siteFollows && { named: count }),
    pathOf: (id) => workerSocketPath(address.path, id),
    tls: undefined,
  };
  const listeners = [shared, own];
  try {
    await bindCopies(own.copies, own.pathOf!, count, access);
  } catch (error) {
    unbind(listeners);
    throw error;
  }
  return listeners;
}

async function bindCopies(
  copies: BoundSocket[],
  pathOf: (id: number) => string,
  count: number,
  access: UnixAccess,
): Promise<void> {
  for (let id = copies.length + 1; id <= count; id++) copies.push(await bindUnix(pathOf(id), access));
}

function unbind(listeners: readonly Listener[]): void {
  for (const socket of listeners.flatMap(({ copies }) => copies)) {
    if (socket.path !== undefined) remove(socket.path);
    socket.close();
  }
}

function isShown(listener: Listener): boolean {
  if (listener.internal) return false;
  return listener.shared || listener.copies[0]?.path === undefined;
}

function remove(path: string): string | undefined {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return (error as Error).message;
  }
  return undefined;
}
