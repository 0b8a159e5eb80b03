import { connect, createServer, type Server, type Socket } from "node:net";
import type { CompanionStatus } from "./companion.ts";

/** What a worker looks like from outside. Times in seconds, memory in bytes. */
export interface WorkerStatus {
  /** The app: the instance's name, a mounted app's prefix, or "router". */
  readonly pool: string;
  readonly kind: string;
  readonly id: number;
  readonly pid: number;
  readonly generation: number;
  readonly phase: string;
  readonly uptime: number;
  readonly requests: number;
  readonly inFlight: number;
  readonly connections: number;
  readonly rss: number;
  readonly app: string;
}

export interface Status {
  readonly name: string;
  readonly pid: number;
  readonly version: string;
  readonly node: string;
  readonly file: string | undefined;
  readonly chdir: string;
  readonly log: string | undefined;
  readonly generation: number;
  readonly uptime: number;
  readonly rss: number;
  readonly listeners: readonly string[];
  readonly url: string | undefined;
  readonly workers: readonly WorkerStatus[];
  /** Programs beside the workers: a private NGINX, attached daemons. */
  readonly companions: readonly CompanionStatus[];
}

/** The outcome of a reload, for whoever asked for it. */
export type ReloadResult =
  | { readonly ok: true; readonly generation: number; readonly notes: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What may be asked over the control socket, and what it is answered with: one JSON line each way. */
export interface Orders {
  status(): Promise<Status>;
  /** @param app the name of its workers' pool; undefined: all apps */
  reload(app?: string): Promise<ReloadResult>;
  /** Resolves when the stop has begun; the connection ends when the master is gone. */
  stop(): Promise<{ ok: true }>;
}

/** Bytes; an order is one short word, and behind a space what it is about: `reload /api`. */
const ORDER_BYTES = 1024;

/** Serves `orders` on a unix socket to which only its owner can connect. */
export function serveControl(path: string, orders: Orders): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.length > ORDER_BYTES) socket.destroy();
      else if (text.endsWith("\n")) void obey(socket, orders, text.trim());
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Closed from its first moment: the mode is the umask's when the socket is made.
    const umask = process.umask(0o177);
    server.listen(path, () => resolve(server));
    process.umask(umask);
  });
}

async function obey(socket: Socket, orders: Orders, line: string): Promise<void> {
  const [order = "", argument] = line.split(/ (.*)/);
  if (order !== "status" && order !== "reload" && order !== "stop") {
    socket.end(`${JSON.stringify({ ok: false, message: `unknown order ${order}` })}\n`);
    return;
  }
  const answer = JSON.stringify(await (order === "reload" ? orders.reload(argument) : orders[order]()));
  // After a stop the connection stays until the master exits: its end is the news.
  if (order === "stop") socket.write(`${answer}\n`);
  else socket.end(`${answer}\n`);
}

/**
 * Gives an order and waits for the answer and for the connection to end.
 * @throws Error where nobody answers.
 */
export function ask<Order extends keyof Orders>(
  control: string,
  order: Order,
  argument?: string,
): Promise<Awaited<ReturnType<Orders[Order]>>> {
  return new Promise((resolve, reject) => {
    let text = "";
    connect(control)
      .setEncoding("utf8")
      .on("connect", function (this: Socket) {
        this.write(`${argument === undefined ? order : `${order} ${argument}`}\n`);
      })
      .on("data", (part: string) => {
        text += part;
      })
      .on("error", reject)
      .on("close", () => {
        try {
          resolve(JSON.parse(text) as Awaited<ReturnType<Orders[Order]>>);
        } catch {
          reject(new Error(`The master did not answer to ${order}`));
        }
      });
  });
}
