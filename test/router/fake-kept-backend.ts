import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { FRAME } from "../../src/wire/uwsgi/frame-decoder.ts";
import { decodeHeader, decodeVariables, HEADER_LENGTH } from "../../src/wire/uwsgi/packet.ts";
import { poll } from "../support/poll.ts";
import type { Owner } from "./fake-backend.ts";

/** What a thread has of a request. */
export interface Taken {
  readonly number: number;
  /** "" of one that is to be claimed. */
  readonly target: string;
  readonly body: string;
}

const RECORD = 4096;

/** A connection as a worker's thread has it; it joins and takes requests when the test says so. */
export class KeptThread {
  readonly socket: Socket;
  readonly pid: number;
  /** What came over the connection and is no name of a queue. */
  heard: Buffer = Buffer.alloc(0);
  #queue: number | undefined;
  #joins = false;

  constructor(socket: Socket, pid: number) {
    this.socket = socket;
    this.pid = pid;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#hear(chunk));
    socket.on("close", () => {
      if (this.#queue !== undefined) closeSync(this.#queue);
    });
  }

  #hear(chunk: Buffer): void {
    this.heard = Buffer.concat([this.heard, chunk]);
    if (this.#queue !== undefined || this.heard.length < 2) return;
    const end = 2 + this.heard.readUInt16LE(0);
    if (this.heard.length < end) return;
    this.#queue = openSync(this.heard.toString("utf8", 2, end), constants.O_RDWR | constants.O_NONBLOCK);
    this.heard = this.heard.subarray(end);
    if (this.#joins) this.say(FRAME.joined, this.pid);
  }

  /** Once it is told the name of a queue it is to say that it takes requests of it. */
  join(): void {
    this.#joins = true;
  }

  /** The next request of the queue; undefined: there is none. */
  tryTake(): Taken | undefined {
    const record = Buffer.alloc(RECORD);
    try {
      if (this.#queue === undefined || readSync(this.#queue, record) !== RECORD) return undefined;
    } catch {
      return undefined;
    }
    const number = record.readUInt32LE(RECORD - 8);
    // Without one it wakes somebody up.
    if (number === 0) return this.tryTake();
    return { number, ...parsed(record.subarray(0, record.readUInt32LE(RECORD - 4)))! };
  }

  take(): Promise<Taken> {
    return poll(
      () => this.tryTake(),
      (taken) => taken !== undefined,
    ) as Promise<Taken>;
  }

  /** Asks for one that the queue could not hold, and waits for it. */
  async claim(number: number): Promise<Taken> {
    this.say(FRAME.claim, number);
    const { end, ...request } = await poll(
      () => parsed(this.heard),
      (found) => found !== undefined && found.end > 0,
    ).then((found) => found!);
    this.heard = this.heard.subarray(end);
    return { number, ...request };
  }

  say(flags: number, number: number, head = "", body = ""): void {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(flags * 2 ** 24 + head.length, 0);
    header.writeUInt32LE(body.length, 4);
    header.writeUInt32LE(number, 8);
    this.socket.write(Buffer.concat([header, Buffer.from(head + body, "latin1")]));
  }

  respond({ number }: Pick<Taken, "number">, text: string): void {
    this.say(FRAME.end, number, `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`, text);
  }
}

/** A packet with its body; undefined: it is not whole. */
function parsed(bytes: Buffer): { target: string; body: string; end: number } | undefined {
  if (bytes.length === 0) return { target: "", body: "", end: 0 };
  const bodyAt = bytes.length < HEADER_LENGTH ? Number.NaN : HEADER_LENGTH + decodeHeader(bytes).size;
  if (!(bytes.length >= bodyAt)) return undefined;
  const list = decodeVariables(bytes.subarray(HEADER_LENGTH, bodyAt));
  const told = list.indexOf("CONTENT_LENGTH");
  const end = bodyAt + (told < 0 ? 0 : Number(list[told + 1]) || 0);
  if (bytes.length < end) return undefined;
  return {
    target: list[list.indexOf("REQUEST_URI") + 1]!,
    body: bytes.toString("latin1", bodyAt, end),
    end,
  };
}

/** A FIFO, as the master makes one for a router. */
export function makeQueue(path: string): string {
  execFileSync("mkfifo", ["-m", "600", path]);
  return path;
}

/** A worker's place without a worker, on a socket whose connections are kept. Each has a process of its own. */
export async function fakeKeptBackend(
  t: Owner,
  path: string,
  onThread: (thread: KeptThread) => void,
): Promise<{ readonly threads: readonly KeptThread[]; kill(): Promise<void> }> {
  const threads: KeptThread[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const thread = new KeptThread(socket, 1000 + threads.length);
    threads.push(thread);
    onThread(thread);
  });
  server.listen(path);
  await once(server, "listening");
  const kill = async (): Promise<void> => {
    for (const { socket } of threads) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  t.after(kill);
  return { threads, kill };
}
