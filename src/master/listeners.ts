import { unlinkSync } from "node:fs";
import type { InheritedListener, Protocol } from "../channel/messages.ts";
import {
  type BoundSocket,
  bindTcp,
  bindUnix,
  type ListenAddress,
  type UnixAccess,
} from "../listener/bind.ts";
import { servesCopy } from "../listener/share.ts";
import { sharedSocketPath, workerSocketPath } from "../listener/worker-socket.ts";
import type { Log } from "../log/log.ts";
import type { Config } from "../options/config.ts";

/** One address, bound: as one socket that all workers share, or as copies of which each worker has its own. */
interface Listener {
  readonly protocol: Protocol;
  readonly copies: readonly BoundSocket[];
  /** Whether every worker serves it, there being one for all. */
  readonly shared: boolean;
}

/** Everything the master listens on. Bound once, closed at the end. */
export class Listeners {
  readonly #listeners: readonly Listener[];
  readonly #backlog: number;

  private constructor(listeners: readonly Listener[], backlog: number) {
    this.#listeners = listeners;
    this.#backlog = backlog;
  }

  /** @throws ListenError; nothing stays bound then. */
  static async bind(config: Config, access: UnixAccess): Promise<Listeners> {
    const bound: Listener[] = [];
    try {
      for (const { protocol, address } of addresses(config))
        bound.push(...(await bindOne(config, protocol, address, access)));
    } catch (error) {
      for (const socket of bound.flatMap(({ copies }) => copies)) {
        if (socket.path !== undefined) remove(socket.path);
        socket.close();
      }
      throw error;
    }
    return new Listeners(bound, config.listen);
  }

  /** What worker `id` of `workers` inherits: the descriptors of the master, in order, and how to read each. */
  forWorker(id: number, workers: number): { socket: BoundSocket; listener: Omit<InheritedListener, "fd"> }[] {
    return this.#listeners.flatMap(({ protocol, copies, shared }) =>
      copies
        .filter((_, copy) => shared || servesCopy(copy, copies.length, id, workers))
        .map((socket) => ({
          socket,
          listener: { protocol, address: socket.address, backlog: this.#backlog },
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
      if (protocol !== "http" || port === undefined) continue;
      const host = address.slice(0, address.lastIndexOf(":"));
      return `http://${host === "" || host === "0.0.0.0" || host === "[::]" ? "localhost" : host}:${port}/`;
    }
    return undefined;
  }

  /** Removes the socket files (`vacuum`). */
  vacuum(log: Log): void {
    for (const { copies } of this.#listeners)
      for (const { path } of copies) {
        const error = path === undefined ? undefined : remove(path);
        if (error) log.warn(`Cannot vacuum ${path}: ${error}`);
      }
  }
}

function addresses(config: Config): { protocol: Protocol; address: ListenAddress }[] {
  const as = (protocol: Protocol) => (address: ListenAddress) => ({ protocol, address });
  return [
    ...config.socket.map(as(config.protocol)),
    ...config.httpSocket.map(as("http")),
    ...config.fastcgiSocket.map(as("fastcgi")),
  ];
}

async function bindOne(
  config: Config,
  protocol: Protocol,
  address: ListenAddress,
  access: UnixAccess,
): Promise<Listener[]> {
  if (address.kind === "tcp") {
    const hosts = await bindTcp(address.host, address.port, config.processes);
    return hosts.map((copies) => ({ protocol, copies, shared: config.processes === 1 }));
  }
  const shared: Listener = {
    protocol,
    copies: [await bindUnix(sharedSocketPath(address.path), access)],
    shared: true,
  };
  if (!config.workerSockets || address.path.startsWith("\0") || !config.socket.includes(address as never))
    return [shared];
  const copies: BoundSocket[] = [];
  const listeners = [shared, { protocol: "http" as const, copies, shared: false }];
  try {
    for (let id = 1; id <= config.processes; id++)
      copies.push(await bindUnix(workerSocketPath(address.path, id), access));
  } catch (error) {
    for (const socket of listeners.flatMap((listener) => listener.copies)) {
      if (socket.path !== undefined) remove(socket.path);
      socket.close();
    }
    throw error;
  }
  return listeners;
}

function isShown(listener: Listener): boolean {
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
