import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { FRAME } from "../../src/wire/uwsgi/frame-decoder.ts";
import { decodeHeader, decodeVariables, HEADER_LENGTH } from "../../src/wire/uwsgi/packet.ts";
import type { Owner } from "./fake-backend.ts";

/** A connection as a worker's thread has it: it is greeted when the test says so. */
export class KeptPeer {
  readonly socket: Socket;
  /** What comes is left where it is. */
  deaf = false;
  readonly #targets: string[] = [];
  #held = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      while (this.#held.length >= HEADER_LENGTH) {
        const end = HEADER_LENGTH + decodeHeader(this.#held).size;
        if (this.#held.length < end) return;
        const list = decodeVariables(this.#held.subarray(HEADER_LENGTH, end));
        this.#targets.push(list[list.indexOf("REQUEST_URI") + 1]!);
        const told = list.indexOf("CONTENT_LENGTH");
        const length = told < 0 ? 0 : Number(list[told + 1]) || 0;
        if (this.#held.length < end + length) return void this.#targets.pop();
        this.#held = this.#held.subarray(end + length);
      }
    });
  }

  /** Targets of the requests that came, with their bodies. */
  get requests(): readonly string[] {
    return this.#targets;
  }

  say(flags: number, head = "", body = ""): void {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(flags * 2 ** 24 + head.length, 0);
    header.writeUInt32LE(body.length, 4);
    this.socket.write(Buffer.concat([header, Buffer.from(head + body, "latin1")]));
  }

  /** A thread is free for it. */
  greet(): void {
    this.say(FRAME.free);
  }

  respond(text: string, flags: number = FRAME.end | FRAME.free): void {
    this.say(flags, `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n`, text);
  }
}

/** A worker's place without a worker, on a socket whose connections are kept. */
export async function fakeKeptBackend(
  t: Owner,
  path: string,
  onPeer: (peer: KeptPeer) => void,
): Promise<{ readonly peers: readonly KeptPeer[]; kill(): Promise<void> }> {
  const peers: KeptPeer[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const peer = new KeptPeer(socket);
    peers.push(peer);
    onPeer(peer);
    if (!peer.deaf) socket.resume();
  });
  server.listen(path);
  await once(server, "listening");
  const kill = async (): Promise<void> => {
    for (const { socket } of peers) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  t.after(kill);
  return { peers, kill };
}
