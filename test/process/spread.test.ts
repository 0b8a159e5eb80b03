import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { poll } from "../support/poll.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

const APP = `export default async (request) => {
  const { length } = await request.text();
  if (request.url.endsWith("/later")) await new Promise((done) => setTimeout(done, 5));
  return new Response(\`worker=\${process.pid} read=\${length};\`);
};
`;
const CONNECTIONS = 96;

const HTTP = Buffer.from("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
const FASTCGI = Buffer.concat([
  record(1, Buffer.from([0, 1, 1, 0, 0, 0, 0, 0])),
  record(
    4,
    pairs({ REQUEST_METHOD: "POST", REQUEST_URI: "/", CONTENT_LENGTH: "5", SERVER_PROTOCOL: "HTTP/1.1" }),
  ),
  record(4),
  record(5, Buffer.from("hello")),
  record(5),
]);
/** END_REQUEST is the last record. */
const wires: Record<string, { listen: string; request: Buffer; end: RegExp }> = {
  "HTTP on TCP": { listen: "--http-socket=127.0.0.1:0", request: HTTP, end: /read=5;$/ },
  "HTTP on a unix socket": { listen: "--http-socket=app.sock", request: HTTP, end: /read=5;$/ },
  "FastCGI on a unix socket": {
    listen: "--fastcgi-socket=app.sock",
    request: FASTCGI,
    end: /\x01\x03\0\x01.{12}$/s,
  },
};

/** A kept connection with one request after the other, of which each has to be answered. */
class Client {
  worker = "";
  answers = 0;
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #end: RegExp;
  #answered: (() => void) | undefined;
  #lost: (error: Error) => void = () => {};

  constructor(socket: Socket, { request, end }: { request: Buffer; end: RegExp }) {
    this.#socket = socket;
    this.#request = request;
    this.#end = end;
    let text = "";
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
      if (!this.#end.test(text)) return;
      this.worker = /worker=(\d+)/.exec(text)![1]!;
      this.answers += 1;
      text = "";
      this.#answered?.();
    });
    socket.on("error", (error) => this.#lost(error));
    socket.on("close", () => this.#lost(new Error(`closed after ${this.answers} answers`)));
  }

  ask(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#lost = reject;
      this.#socket.write(this.#request);
    });
  }

  end(): void {
    this.#lost = () => {};
    this.#socket.destroy();
  }
}

describe("kept connections are spread over the workers", () => {
  for (const [name, wire] of Object.entries(wires))
    for (const load of ["busy", "idle"])
      test(`${name}, ${load}`, async (t) => {
        const portico = await serve(t, wire.listen);
        const all = Array.from({ length: CONNECTIONS }, () => new Client(open(portico, name), wire));
        t.after(() => {
          for (const client of all) client.end();
        });
        await Promise.all(all.map((client) => client.ask()));
        const clients = leave(all);
        const most = Math.floor((clients.length / 2) * 1.1);
        const askAll = () => Promise.all(clients.map((client) => client.ask()));
        // Those that are left have served all that is asked: nobody connects anew.
        const spread = async () => {
          if (load === "idle" && !(await isSpread(portico, most))) return clients.length;
          await askAll();
          return byWorker(clients)[0]!.length;
        };
        assert.ok((await poll(spread, (count) => count <= most)) <= most);
        await askAll();
      });
});

/** Ends most of the connections of one worker. @returns those that are left, up to 40 of the other's. */
function leave(all: readonly Client[]): Client[] {
  const [most = [], few = []] = byWorker(all);
  const left = [...most.slice(0, 40), ...few.slice(0, 8)];
  for (const client of all) if (!left.includes(client)) client.end();
  return left;
}

/** The busiest worker's first. */
function byWorker(clients: readonly Client[]): Client[][] {
  const groups = Object.values(Object.groupBy(clients, ({ worker }) => worker)) as Client[][];
  return groups.sort((a, b) => b.length - a.length);
}

async function serve(t: TestContext, listen: string): Promise<RunningPortico> {
  const dir = await projectWith(t, { "hello.ts": APP });
  const portico = await startPortico({
    dir,
    args: ["hello.ts", "--processes=2", listen, "--disable-logging", "--vacuum"],
  });
  t.after(() => portico.stop());
  return portico;
}

function open(portico: RunningPortico, name: string): Socket {
  return name.endsWith("TCP") ? connect(portico.port, "127.0.0.1") : connect(join(portico.dir, "app.sock"));
}

async function isSpread(portico: RunningPortico, most: number): Promise<boolean> {
  const { workers } = await portico.status();
  return Math.max(...workers.map(({ connections }) => connections)) <= most;
}

function record(type: number, content: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]),
    content,
  ]);
}

function pairs(variables: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(variables).map(([name, value]) =>
      Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]),
    ),
  );
}
