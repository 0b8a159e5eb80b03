import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { minorGc } from "../../src/worker/minor-gc.ts";
import { responseTo } from "../support/http-client.ts";
import { settled } from "../support/settled.ts";
import { type Arrival, respond, textOf } from "./fake-backend.ts";
import { routerServer } from "./router-server.ts";

const SIZE = 100 * 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, "0123456789abcdef");
/** What sockets and queues on the way may hold of a body that nobody takes, bytes: the kernel's TCP buffers for the most part. */
const ON_THE_WAY = 16 * 1024 * 1024;
/** What a body may add to the process that has client, router and backend in it, bytes. */
const MAY_ADD = 64 * 1024 * 1024;

async function* chunks(): AsyncGenerator<Buffer> {
  for (let left = SIZE; left > 0; left -= CHUNK.length) yield CHUNK;
}

/** Counts a body and answers with its length. */
async function count(arrival: Arrival): Promise<void> {
  let length = 0;
  for await (const chunk of arrival.body()) length += chunk.length;
  respond(arrival.socket, String(length));
}

/** Sends SIZE bytes, no faster than they are taken. */
async function download({ socket }: Arrival): Promise<void> {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`);
  for await (const chunk of chunks())
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once("drain", resolve));
  socket.end();
}

async function addedBy(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  await work();
  clearInterval(look);
  return most - before;
}

describe("100 MB", () => {
  const headers = ["Content-Length", String(SIZE)];
  for (const [title, options] of [
    ["with its length", { method: "POST", headers, body: chunks() }],
    ["in chunks", { method: "POST", body: chunks() }],
  ] as const) {
    it(`go up ${title} in bounded memory`, async (t) => {
      const { client } = await routerServer(t, { answers: [count], gateway: { collect: minorGc } });
      await client.ask("/", { method: "POST", body: "x" });
      const added = await addedBy(async () => {
        assert.equal((await client.ask("/", options)).body, String(SIZE));
      });
      assert.ok(added < MAY_ADD, `${added} bytes were added`);
    });
  }

  it("come down in bounded memory", async (t) => {
    const { client } = await routerServer(t, { answers: [download], gateway: { collect: minorGc } });
    const added = await addedBy(async () => {
      let length = 0;
      for await (const chunk of await client.open("/")) {
        assert.ok((chunk as Buffer).subarray(0, 16).length > 0);
        length += (chunk as Buffer).length;
      }
      assert.equal(length, SIZE);
    });
    assert.ok(added < MAY_ADD, `${added} bytes were added`);
  });

  it("wait in the worker while the client takes nothing", async (t) => {
    let arrival: Arrival | undefined;
    const { port } = await routerServer(t, {
      answers: [
        (one) => {
          arrival = one;
          void download(one);
        },
      ],
    });
    const socket = connect(port, "127.0.0.1");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const sent = await settled(() => arrival?.socket.bytesWritten ?? 0);
    assert.ok(sent < ON_THE_WAY, `${sent} bytes were sent`);
    let length = 0;
    for await (const chunk of socket) length += (chunk as Buffer).length;
    assert.ok(length > SIZE);
  });

  it("wait in the client while the worker takes nothing", async (t) => {
    const arrivals: Arrival[] = [];
    const { client } = await routerServer(t, { answers: [(one) => void arrivals.push(one)] });
    const sent = client.begin("/", { method: "POST", headers });
    const answered = responseTo(sent);
    let given = 0;
    const done = (async () => {
      for await (const chunk of chunks()) {
        if (!sent.write(chunk)) await new Promise((resolve) => sent.once("drain", resolve));
        given += chunk.length;
      }
      sent.end();
    })();
    await settled(() => given);
    assert.ok(given < ON_THE_WAY, `${given} bytes were given`);
    await count(arrivals[0]!);
    await done;
    assert.equal((await answered).statusCode, 200);
  });
});

describe("a chunked upload", () => {
  it("has no CONTENT_LENGTH, says that its end is the connection's, and ends", async (t) => {
    const seen: Arrival[] = [];
    const { client } = await routerServer(t, {
      answers: [
        async (arrival) => {
          seen.push(arrival);
          respond(arrival.socket, await textOf(arrival));
        },
      ],
    });
    const body = (async function* () {
      yield Buffer.from("one ");
      yield Buffer.from("two");
    })();
    assert.equal((await client.ask("/", { method: "POST", body })).body, "one two");
    const [{ variables }] = seen as [Arrival];
    assert.equal(variables["CONTENT_LENGTH"], "to-end");
    assert.equal(variables["HTTP_TRANSFER_ENCODING"], undefined);
    // And one with a length has it.
    assert.equal((await client.ask("/", { method: "POST", body: "three" })).body, "three");
    assert.equal(seen[1]!.variables["CONTENT_LENGTH"], "5");
  });

  it("is answered piece by piece while it goes on", async (t) => {
    const { client } = await routerServer(t, {
      answers: [
        async (arrival) => {
          arrival.socket.write("HTTP/1.1 200 OK\r\n\r\n");
          for await (const chunk of arrival.body()) arrival.socket.write(`[${chunk}]`);
          arrival.socket.end();
        },
      ],
    });
    const sent = client.begin("/", { method: "POST", headers: ["Transfer-Encoding", "chunked"] });
    sent.write("0");
    const response = await responseTo(sent);
    const pieces: string[] = [];
    for await (const piece of response) {
      pieces.push(String(piece));
      if (pieces.length < 5) sent.write(String(pieces.length));
      else sent.end();
    }
    assert.deepEqual(pieces, ["[0]", "[1]", "[2]", "[3]", "[4]"]);
  });
});

describe("a response", () => {
  it("that comes before the body was read reaches the client", async (t) => {
    const { client } = await routerServer(t, {
      answers: [
        ({ socket }) => {
          // As a worker does that lingers: its half ends, and what still comes is thrown away.
          respond(socket, "too large", [], "413 Content Too Large");
          socket.resume();
        },
      ],
    });
    const body = Buffer.alloc(512 * 1024);
    for (let i = 0; i < 20; i++) {
      const answer = await client.ask("/", { method: "POST", body });
      assert.deepEqual([answer.status, answer.body], [413, "too large"]);
    }
  });

  it("to HEAD, 204 and 304 has no body, whatever the worker sends", async (t) => {
    const { client } = await routerServer(t, {
      answers: [
        ({ socket, variables }) => {
          const status = variables["REQUEST_URI"]!.slice(1);
          if (status === "200") respond(socket, "body");
          else socket.end(`HTTP/1.1 ${status} So\r\n\r\nbody`);
        },
      ],
    });
    const head = await client.ask("/200", { method: "HEAD" });
    assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", ["4"]]);
    for (const status of [204, 304]) {
      const answer = await client.ask(`/${status}`);
      assert.deepEqual([answer.status, answer.reason, answer.body], [status, "So", ""]);
    }
    // The connection is still in step.
    assert.equal((await client.ask("/200")).body, "body");
  });

  it("keeps its reason and its repeated fields, and loses what belongs to the connection", async (t) => {
    const headers = ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Keep-Alive", "timeout=5", "X-\u00c4"];
    const { client } = await routerServer(t, {
      answers: [({ socket }) => respond(socket, "", headers.slice(0, 6), "299 Very Fine")],
    });
    const { status, reason, headers: got } = await client.ask("/");
    assert.deepEqual([status, reason, got["set-cookie"]], [299, "Very Fine", ["a=1", "b=2"]]);
    assert.notDeepEqual(got["keep-alive"], ["timeout=5"]);
  });
});
