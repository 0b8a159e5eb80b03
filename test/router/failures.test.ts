import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, it, type TestContext } from "node:test";
import { bindUnix } from "../../src/listener/bind.ts";
import { Router } from "../../src/router/router.ts";
import { FakeExchange } from "../support/fake-exchange.ts";
import { poll } from "../support/poll.ts";
import { settled } from "../support/settled.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";
import { type Arrival, respond, textOf } from "./fake-backend.ts";
import { routerServer, serverBefore } from "./router-server.ts";

/** Answers with a text and the body that came. */
const echo =
  (text: string) =>
  async (arrival: Arrival): Promise<void> =>
    respond(arrival.socket, `${text} ${await textOf(arrival)}`);
const hangUp = ({ socket }: Arrival): void => void socket.destroy();

describe("a backend that cannot be connected to", () => {
  it("is passed over, with the body unharmed, and tried again later", async (t) => {
    const { client, backends, log, router } = await routerServer(t, { answers: [echo("a"), echo("b")] });
    await backends[0]!.kill();
    for (let i = 0; i < 4; i++) {
      const { status, body } = await client.ask("/", { method: "POST", body: `body ${i}` });
      assert.deepEqual({ status, body }, { status: 200, body: `b body ${i}` });
    }
    assert.equal(log.length, 1, log.join("\n"));
    assert.match(log[0]!, /^cannot connect to the worker at .*\/0\.sock: connect ENOENT/);
    assert.equal(router.waiting, 0);
  });

  it("is not waited for where all are such: 503 with Retry-After, each tried once", async (t) => {
    const { client, backends, log } = await routerServer(t, { answers: [echo("a"), echo("b"), echo("c")] });
    for (const backend of backends) await backend.kill();
    const { status, headers } = await client.ask("/", { method: "POST", body: "x" });
    assert.equal(status, 503);
    assert.deepEqual(headers["retry-after"], ["1"]);
    const refused = log.filter((line) => line.startsWith("cannot connect"));
    assert.equal(new Set(refused).size, 3, log.join("\n"));
    assert.equal(log.length, 4, log.join("\n"));
    assert.match(log[3]!, /^POST \/: the worker at .*: connect ENOENT .*: answered with 503$/);
  });

  it("is one that takes too long as well", async (t) => {
    const backends = ["/0.sock", "/1.sock"].map((name) => temporaryDirectory(t) + name);
    const router = new Router({
      backends,
      maxInFlight: 1,
      queueLimit: 1,
      queueTimeout: 1_000,
      connectTimeout: 1_000,
    });
    t.after(() => router.close());
    const exchange = new FakeExchange();
    const handled = router.handle(exchange);
    // What the socket itself has to say comes in a later turn of the event loop.
    router.sweep(performance.now() + 1_001);
    assert.equal(exchange.started, false);
    router.sweep(performance.now() + 1_001);
    await handled;
    assert.equal(exchange.status, 503);
  });
});

describe("a connection that is lost before a byte of the response", () => {
  it("is 502 for what may not be done twice, and for what has a body", async (t) => {
    const { client, backends, log } = await routerServer(t, { answers: [hangUp, hangUp] });
    for (const options of [{ method: "POST" }, { method: "PUT", body: "x" }, { method: "PATCH" }]) {
      const { status, body } = await client.ask("/", options);
      assert.deepEqual({ status, body }, { status: 502, body: "Bad Gateway\n" });
    }
    assert.equal(backends[0]!.connections + backends[1]!.connections, 3);
    assert.match(log[0]!, /^POST \/: the worker at .*: it ended the connection: answered with 502$/);
  });

  it("is made again on another backend for the rest", async (t) => {
    const { client, backends } = await routerServer(t, { answers: [hangUp, echo("b")] });
    for (const method of ["GET", "DELETE", "OPTIONS", "GET"])
      assert.equal((await client.ask("/", { method })).body, "b ");
    assert.ok(backends[0]!.connections > 0);
  });

  it("but once: whatever kills workers must not kill them all", async (t) => {
    const { client, backends } = await routerServer(t, { answers: [hangUp, hangUp, hangUp] });
    assert.equal((await client.ask("/")).status, 502);
    assert.equal(
      backends.reduce((sum, { connections }) => sum + connections, 0),
      2,
    );
  });

  it("and not where the worker was lost late, as by its harakiri", async (t) => {
    const arrivals: Arrival[] = [];
    const late = (arrival: Arrival): void => void arrivals.push(arrival);
    const { client, backends } = await routerServer(t, { answers: [late, late] });
    const asked = client.ask("/");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const now = performance.now.bind(performance);
    t.mock.method(performance, "now", () => now() + 2_000);
    arrivals[0]!.socket.destroy();
    assert.equal((await asked).status, 502);
    assert.equal(backends[0]!.connections + backends[1]!.connections, 1);
  });

  it("on the only socket there is, which may have several workers", async (t) => {
    let times = 0;
    const { client } = await routerServer(t, {
      answers: [(arrival) => (times++ === 0 ? hangUp(arrival) : echo("again")(arrival))],
    });
    assert.equal((await client.ask("/")).body, "again ");
  });
});

describe("a worker that is killed in the middle of its response", () => {
  it("cuts the client's response off", async (t) => {
    const { client, log } = await routerServer(t, {
      answers: [
        ({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
          socket.end();
        },
      ],
    });
    const response = await client.open("/");
    assert.equal(response.statusCode, 200);
    await assert.rejects(async () => {
      for await (const _ of response);
    }, /aborted/);
    assert.match(
      log[0]!,
      /^GET \/: the worker at .*: Cannot read the uwsgi response: the connection ended 95 bytes before the Content-Length: cut off$/,
    );
  });

  it("is not to be told from a whole one where it has no length", async (t) => {
    const { client } = await routerServer(t, {
      answers: [({ socket }) => void socket.end("HTTP/1.1 200 OK\r\n\r\nbegun")],
    });
    assert.equal((await client.ask("/")).body, "begun");
  });

  it("is told where bytes of the request were left unread", async (t) => {
    let given = 0;
    async function* chunks(): AsyncGenerator<Buffer> {
      for (; given < 100; given++) yield Buffer.alloc(1024 * 1024);
    }
    const { client } = await routerServer(t, {
      answers: [
        async ({ socket }) => {
          socket.pause();
          // Until every buffer on the way is full, the worker's own among them.
          await settled(() => given);
          socket.write("HTTP/1.1 200 OK\r\n\r\nbegun", () => socket.destroy());
        },
      ],
    });
    const response = await client.open("/", { method: "POST", body: chunks() });
    await assert.rejects(async () => {
      for await (const _ of response);
    }, /aborted/);
  });
});

describe("a response that is none", () => {
  const responses: Record<string, string> = {
    "of another protocol": "hello\r\n\r\n",
    "of an interim status": "HTTP/1.1 100 Continue\r\n\r\n",
    "with an unending head": `HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(9_000)}\r\n`,
    "with half a head": "HTTP/1.1 200 OK\r\nX-A: ",
    "with two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
  };
  for (const [title, bytes] of Object.entries(responses)) {
    it(`${title} is a 502`, async (t) => {
      const { client, log } = await routerServer(t, { answers: [({ socket }) => void socket.end(bytes)] });
      assert.equal((await client.ask("/")).status, 502);
      assert.match(log[0]!, /Cannot read the uwsgi response: /);
    });
  }
});

describe("a request that is cut off", () => {
  it("ends with its whole connection, where a whole one ends a half", async (t) => {
    const arrivals: Arrival[] = [];
    const { port } = await routerServer(t, { answers: [(arrival) => void arrivals.push(arrival)] });
    const begin = async (...rest: string[]) => {
      const socket = connect(port, "127.0.0.1");
      socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      for (const text of rest) socket.write(text);
      const count = arrivals.length + 1;
      await poll(
        () => arrivals.length,
        (have) => have === count,
      );
      return { socket, arrival: arrivals[count - 1]! };
    };
    const whole = await begin("0\r\n\r\n");
    assert.equal(await textOf(whole.arrival), "hello");
    respond(whole.arrival.socket, "thanks");
    assert.match(String((await once(whole.socket, "data"))[0]), /200 OK/);
    whole.socket.destroy();

    const cut = await begin();
    cut.socket.destroy();
    assert.equal(await textOf(cut.arrival), "hello");
    const failed = once(cut.arrival.socket, "error");
    respond(cut.arrival.socket, "thanks");
    assert.equal((await failed)[0].code, "EPIPE");
  });
});

describe("a restart", () => {
  it("of the only worker fails nothing that waits", async (t) => {
    const path = join(temporaryDirectory(t), "worker.sock");
    const bound = await bindUnix(path, { mode: 0o600, uid: undefined, gid: undefined });
    t.after(() => bound.close());
    const { client, router } = await serverBefore(t, { paths: [path], options: { maxInFlight: 4 } });
    const first = await worker(t, bound.fd);
    assert.equal((await client.ask("/")).body, `${first} `);
    assert.equal((await client.ask("/die", { method: "POST" })).status, 502);

    const bodies = Array.from({ length: 20 }, (_, i) => `body ${i}`);
    const asked = bodies.map((body) => client.ask("/", { method: "POST", body }));
    await poll(
      () => router.waiting,
      (count) => count === 16,
    );
    const second = await worker(t, bound.fd);
    assert.notEqual(second, first);
    for (const [i, one] of asked.entries()) {
      const { status, body } = await one;
      assert.deepEqual({ status, body }, { status: 200, body: `${second} body ${i}` });
    }
  });
});

/** Starts one; its process id. */
async function worker(t: TestContext, fd: number): Promise<number> {
  const child = fork(join(import.meta.dirname, "backend-process.ts"), {
    stdio: ["ignore", "inherit", "inherit", fd, "ipc"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child, "message");
  return child.pid!;
}
