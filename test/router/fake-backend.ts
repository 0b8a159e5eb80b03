import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { TO_END } from "../../src/router/variables.ts";
import { decodeHeader, decodeVariables, HEADER_LENGTH } from "../../src/wire/uwsgi/packet.ts";

/** A request as a worker sees it: its variables, and the connection with whatever follows the packet. */
export interface Arrival {
  readonly variables: Readonly<Record<string, string>>;
  /** In the order of the packet, for what comes twice. */
  readonly list: readonly string[];
  readonly socket: Socket;
  /** Bytes of the body as they come, to CONTENT_LENGTH or, where it is "to-end", to the end of the sender's half. */
  body(): AsyncIterable<Buffer>;
}

/** A test, or whoever else says when it is over. */
export interface Owner {
  after(work: () => unknown): void;
}

export interface FakeBackend {
  readonly path: string;
  /** Connections taken so far. */
  readonly connections: number;
  /** Closes the listening socket and every connection, as the end of a worker that was its only owner. */
  kill(): Promise<void>;
}

/** A worker's place without a worker: a unix socket that speaks uwsgi and answers as the test says. */
export async function fakeBackend(
  t: Owner,
  path: string,
  answer: (arrival: Arrival) => void | Promise<void>,
): Promise<FakeBackend> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    serve(socket, answer);
  });
  server.listen(path);
  await once(server, "listening");
  const kill = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  t.after(kill);
  return {
    path,
    get connections() {
      return connections;
    },
    kill,
  };
}

/** Reads a packet off the connection and hands it over. */
export function serve(socket: Socket, answer: (arrival: Arrival) => void | Promise<void>): void {
  let held = Buffer.alloc(0);
  const onReadable = (): void => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      held = Buffer.concat([held, chunk]);
      if (held.length < HEADER_LENGTH) continue;
      const end = HEADER_LENGTH + decodeHeader(held).size;
      if (held.length < end) continue;
      socket.off("readable", onReadable);
      if (held.length > end) socket.unshift(held.subarray(end));
      const list = decodeVariables(held.subarray(HEADER_LENGTH, end));
      const variables: Record<string, string> = {};
      for (let i = 0; i < list.length; i += 2) variables[list[i]!] = list[i + 1]!;
      const told = variables["CONTENT_LENGTH"] ?? "";
      const length = told === TO_END ? Number.POSITIVE_INFINITY : Number(told);
      void answer({ variables, list, socket, body: () => body(socket, length) });
      return;
    }
  };
  socket.on("readable", onReadable);
}

async function* body(socket: Socket, length: number): AsyncGenerator<Buffer> {
  let left = length;
  if (left === 0) return;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    left -= (chunk as Buffer).length;
    yield chunk as Buffer;
    if (left <= 0) return;
  }
}

export async function textOf(arrival: Arrival): Promise<string> {
  let text = "";
  for await (const chunk of arrival.body()) text += chunk.toString("latin1");
  return text;
}

/** A whole response with its Content-Length, and the end of the connection. */
export function respond(
  socket: Socket,
  text: string,
  headers: readonly string[] = [],
  status = "200 OK",
): void {
  let head = `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  socket.end(`${head}\r\n${text}`);
}
