import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, it, type TestContext } from "node:test";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { KeptRouter } from "../../src/router/kept-router.ts";
import type { RouterOptions } from "../../src/router/router.ts";
import { FRAME } from "../../src/wire/uwsgi/frame-decoder.ts";
import { gatewayServer } from "../support/gateway-server.ts";
import { HttpClient } from "../support/http-client.ts";
import { poll } from "../support/poll.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";
import { fakeKeptBackend, type KeptThread, makeQueue, type Taken } from "./fake-kept-backend.ts";
import { connections } from "./router-server.ts";

const joins = (thread: KeptThread): void => thread.join();

interface Setup {
  readonly onThread?: (thread: KeptThread) => void;
  readonly options?: Partial<RouterOptions>;
  /** Whether nobody listens where the workers are to be. */
  readonly deserted?: boolean;
}

/** A worker's place, the router before it and an HTTP gateway before that. */
async function keptServer(t: TestContext, { onThread = joins, options = {}, deserted = false }: Setup = {}) {
  const folder = temporaryDirectory(t);
  const path = join(folder, "0.sock");
  const { threads, kill } = await fakeKeptBackend(t, path, onThread);
  if (deserted) await kill();
  const log: string[] = [];
  const keep = (text: string): void => void log.push(text);
  const router = new KeptRouter(
    {
      backends: [path],
      maxInFlight: 2,
      queueLimit: 100,
      queueTimeout: 60_000,
      connectTimeout: 60_000,
      nodeSockets: connections.nodeSockets,
      log: { info: keep, warn: keep, error: keep },
      ...options,
    },
    makeQueue(join(folder, "queue")),
  );
  const server = await gatewayServer(
    (exchange) => router.handle(exchange),
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(96 * 1024)),
    {},
  );
  const client = new HttpClient(server.port);
  t.after(async () => {
    client.close();
    await router.close();
    await server.close();
  });
  return { router, client, threads, kill, log, port: server.port, path, queue: join(folder, "queue") };
}

/** The router's threads, once there are as many. */
async function joined(threads: readonly KeptThread[], count: number): Promise<KeptThread> {
  await poll(
    () => threads.length,
    (length) => length >= count,
  );
  return threads[count - 1]!;
}

const waiting = (router: KeptRouter, count: number): Promise<number> =>
  poll(
    () => router.waiting,
    (seen) => seen === count,
  );

describe("a thread's connection", () => {
  it("carries one response after another", async (t) => {
    const { client, threads } = await keptServer(t);
    const thread = await joined(threads, 2);
    for (let i = 0; i < 5; i++) {
      const asked = client.ask(`/${i}`);
      const taken = await thread.take();
      assert.equal(taken.target, `/${i}`);
      thread.respond(taken, `answer ${i}`);
      assert.equal((await asked).body, `answer ${i}`);
    }
    assert.equal(threads.length, 2);
  });

  it("says what it has of which request, whoever took it", async (t) => {
    const { client, threads } = await keptServer(t);
    await joined(threads, 2);
    const [one, two] = threads as [KeptThread, KeptThread];
    const first = client.ask("/first");
    const a = await one.take();
    const second = client.ask("/second");
    const b = await one.take();
    two.respond(b, "two");
    assert.equal((await second).body, "two");
    two.respond(a, "one");
    assert.equal((await first).body, "one");
  });

  it("passes on a response in parts, and tells a cut-off one from a whole one", async (t) => {
    const { client, threads, log } = await keptServer(t);
    const thread = await joined(threads, 2);
    const whole = client.ask("/whole");
    const { number } = await thread.take();
    thread.say(0, number, "HTTP/1.1 200 OK\r\n\r\n", "one ");
    thread.say(0, number, "", "two");
    thread.say(FRAME.end, number);
    assert.equal((await whole).body, "one two");
    const cut = client.ask("/cut");
    const taken = await thread.take();
    thread.say(0, taken.number, "HTTP/1.1 200 OK\r\n\r\n", "begun");
    thread.say(FRAME.cut, taken.number);
    await assert.rejects(cut);
    assert.match(log[0]!, /^GET \/cut: the worker at .*: it was cut off by the worker: cut off$/);
    const none = client.ask("/none");
    thread.say(FRAME.cut, (await thread.take()).number);
    assert.equal((await none).status, 502);
    // The connection is as good as before.
    const next = client.ask("/next");
    thread.respond(await thread.take(), "next");
    assert.equal((await next).body, "next");
    assert.equal(threads.length, 2);
  });

  it("is told when the client of a response under way goes, and is not closed", async (t) => {
    const { client, threads, port } = await keptServer(t);
    const thread = await joined(threads, 2);
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    const { number } = await thread.take();
    thread.say(0, number, "HTTP/1.1 200 OK\r\n\r\n", "begun");
    await once(socket, "data");
    socket.destroy();
    const order = await poll(
      () => thread.heard,
      (heard) => heard.length === 8,
    );
    assert.deepEqual([order.readUInt32LE(0), order.readUInt32LE(4)], [1 << 24, number]);
    // It may have said more by then, and all of it.
    thread.say(0, number, "", "more");
    thread.say(FRAME.end, number);
    const asked = client.ask("/next");
    thread.respond(await thread.take(), "next");
    assert.equal((await asked).body, "next");
    assert.equal(threads.length, 2);
  });

  it("is told that the client has gone before the request was taken, if there is more to come", async (t) => {
    const { threads, port, router, client } = await keptServer(t, { options: { maxInFlight: 1 } });
    const thread = await joined(threads, 1);
    const [one, two] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    one.write("GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
    const first = await thread.take();
    two.write("GET /two HTTP/1.1\r\nHost: a\r\n\r\n");
    const second = await thread.take();
    one.destroy();
    two.destroy();
    // The router has seen it by the time that it has read a request that came later.
    const late = client.ask("/late");
    await waiting(router, 2);
    thread.respond(first, "nobody's");
    for (let i = 0; i < 3; i++)
      thread.say(0, second.number, i === 0 ? "HTTP/1.1 200 OK\r\n\r\n" : "", "more");
    const order = await poll(
      () => thread.heard,
      (heard) => heard.length > 0,
    );
    assert.deepEqual([order.length, order.readUInt32LE(4)], [8, second.number]);
    thread.say(FRAME.cut, second.number);
    thread.respond(await thread.take(), "late");
    assert.equal((await late).body, "late");
    assert.equal(thread.heard.length, 8);
  });

  it("that says what cannot be is closed, and another is made", async (t) => {
    const { client, threads } = await keptServer(t, { options: { maxInFlight: 1 } });
    const cut = assert.rejects(client.ask("/first"));
    const second = client.ask("/second");
    const thread = await joined(threads, 1);
    const [a, b] = [await thread.take(), await thread.take()];
    const ended = once(thread.socket, "end");
    thread.socket.cork();
    thread.say(0, a.number, "HTTP/1.1 200 OK\r\n\r\n", "begun");
    thread.respond(b, "within another");
    thread.socket.uncork();
    await cut;
    await ended;
    const other = await joined(threads, 2);
    other.respond(b, "two");
    assert.equal((await second).body, "two");
  });

  it("whose response cannot be sent is answered for", async (t) => {
    const { client, threads, log } = await keptServer(t);
    const thread = await joined(threads, 2);
    const asked = client.ask("/");
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: x\r\n\r\n";
    thread.say(FRAME.end, (await thread.take()).number, head, "1");
    assert.equal((await asked).status, 502);
    assert.match(log[0]!, /Content-Length: expected a whole number/);
    const streamed = client.ask("/");
    const { number } = await thread.take();
    thread.say(0, number, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "1");
    assert.equal((await streamed).status, 502);
    const order = await poll(
      () => thread.heard,
      (heard) => heard.length === 8,
    );
    assert.deepEqual([order.readUInt32LE(0), order.readUInt32LE(4)], [1 << 24, number]);
    thread.say(FRAME.cut, number);
    // Its thread may have taken the next one by then, and is heard.
    const next = client.ask("/next");
    thread.respond(await thread.take(), "next");
    assert.equal((await next).body, "next");
    assert.equal(threads.length, 2);
  });
});

describe("a request whose worker goes", () => {
  it("before anybody has taken it is another's, whatever it is", async (t) => {
    const { client, threads } = await keptServer(t);
    const thread = await joined(threads, 2);
    const asked = client.ask("/", { method: "POST", body: "a" });
    for (const { socket } of [...threads]) socket.destroy();
    const other = await joined(threads, 4);
    other.respond(await other.take(), "another's");
    assert.equal((await asked).body, "another's");
    assert.equal(thread.tryTake(), undefined);
  });

  it("after it has been taken is repeated once, if it may be", async (t) => {
    const { client, threads, router } = await keptServer(t, { options: { maxInFlight: 1 } });
    const lose = (thread: KeptThread, { number }: Taken): void => {
      thread.socket.destroy();
      router.lost(thread.pid, [number]);
    };
    const asked = client.ask("/");
    const one = await joined(threads, 1);
    lose(one, await one.take());
    const two = await joined(threads, 2);
    lose(two, await two.take());
    assert.equal((await asked).status, 502);
    const posted = client.ask("/", { method: "POST", headers: ["Content-Length", "0"] });
    const three = await joined(threads, 3);
    lose(three, await three.take());
    assert.equal((await posted).status, 502);
    assert.equal((await joined(threads, 4)).tryTake(), undefined);
  });

  it("is known to be lost when all that the worker had said is read", async (t) => {
    const { client, threads, router } = await keptServer(t, { options: { maxInFlight: 1 } });
    const asked = client.ask("/");
    const thread = await joined(threads, 1);
    const taken = await thread.take();
    router.lost(thread.pid, [taken.number]);
    await new Promise((resolve) => setImmediate(resolve));
    thread.respond(taken, "in time");
    thread.socket.end();
    assert.equal((await asked).body, "in time");
  });

  it("and was another's is not lost", async (t) => {
    const { client, threads, router } = await keptServer(t);
    await joined(threads, 2);
    const [one, two] = threads as [KeptThread, KeptThread];
    const asked = client.ask("/");
    const taken = await two.take();
    one.socket.destroy();
    router.lost(one.pid, [taken.number + 1]);
    await joined(threads, 3);
    two.respond(taken, "well");
    assert.equal((await asked).body, "well");
  });

  it("is not repeated where it was at work for long", async (t) => {
    const { client, threads, router } = await keptServer(t);
    const thread = await joined(threads, 2);
    const asked = client.ask("/");
    const { number } = await thread.take();
    const now = performance.now.bind(performance);
    t.mock.method(performance, "now", () => now() + 2_000);
    thread.socket.destroy();
    router.lost(thread.pid, [number]);
    assert.equal((await asked).status, 502);
  });

  it("in the midst of the response is cut off", async (t) => {
    const { client, threads, router } = await keptServer(t);
    const thread = await joined(threads, 2);
    const asked = client.ask("/");
    const { number } = await thread.take();
    thread.say(0, number, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "begun");
    router.lost(thread.pid, [number]);
    thread.socket.destroy();
    await assert.rejects(asked);
  });

  it("or is starting waits for it, for ten seconds", async (t) => {
    const { client, router, log, path } = await keptServer(t, { deserted: true });
    const early = client.ask("/");
    await waiting(router, 0);
    const { threads } = await fakeKeptBackend(t, path, joins);
    const thread = await joined(threads, 1);
    thread.respond(await thread.take(), "started");
    assert.equal((await early).body, "started");
    assert.deepEqual(log, []);
  });

  it("and does not come again is refused with 503", async (t) => {
    const { client, log } = await keptServer(t, { deserted: true });
    const now = performance.now.bind(performance);
    const asked = client.ask("/");
    await new Promise((resolve) => setImmediate(resolve));
    t.mock.method(performance, "now", () => now() + 11_000);
    const { status, headers } = await asked;
    assert.deepEqual([status, headers["retry-after"]], [503, ["1"]]);
    assert.match(log[0]!, /^cannot connect to the worker at .*: connect ENOENT/);
    assert.match(log[1]!, /^GET \/: the worker at .*: connect ENOENT .*: answered with 503$/);
  });
});

describe("the queue", () => {
  it("is served in order, by whichever thread is free", async (t) => {
    const { client, threads, router } = await keptServer(t);
    await joined(threads, 2);
    const asked: Promise<string>[] = [];
    for (let i = 0; i < 30; i++) {
      asked.push(client.ask(`/${i}`).then(({ body }) => body));
      await waiting(router, Math.max(0, i - 1));
    }
    const [slow, quick] = threads as [KeptThread, KeptThread];
    const first = await slow.take();
    for (let i = 1; i < 30; i++) {
      const taken = await quick.take();
      assert.equal(taken.target, `/${i}`);
      quick.respond(taken, taken.target);
      assert.equal(await asked[i], taken.target);
    }
    slow.respond(first, "/0");
    assert.equal(await asked[0], "/0");
  });

  it("that is full, or too slow, answers 503, and nobody gets what was answered so", async (t) => {
    const { client, threads, router, log } = await keptServer(t, {
      options: { maxInFlight: 1, queueLimit: 1 },
    });
    const thread = await joined(threads, 1);
    const first = client.ask("/first");
    const taken = await thread.take();
    const second = client.ask("/second");
    await waiting(router, 1);
    assert.equal((await client.ask("/third")).status, 503);
    assert.deepEqual(log, ["all workers are busy and 1 requests wait: more get 503"]);
    router.sweep(performance.now() + 60_001);
    assert.equal((await second).status, 503);
    thread.respond(taken, "one");
    assert.equal((await first).body, "one");
    assert.equal(thread.tryTake(), undefined);
  });

  it("keeps its order when what waits long is taken back, and drops what nobody waits for", async (t) => {
    const { client, threads, router, port } = await keptServer(t, { options: { maxInFlight: 1 } });
    const thread = await joined(threads, 1);
    const asked = [client.ask("/0")];
    await waiting(router, 0);
    const busy = await thread.take();
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    await waiting(router, 1);
    for (let i = 1; i < 8; i++) {
      asked.push(client.ask(`/${i}`));
      await waiting(router, i + 1);
    }
    socket.destroy();
    await poll(
      () => {
        router.sweep(performance.now() + 1_000);
        return router.waiting;
      },
      (count) => count === 7,
    );
    thread.respond(busy, "0");
    for (let i = 1; i < 8; i++) {
      const taken = await thread.take();
      assert.equal(taken.target, `/${i}`);
      thread.respond(taken, `${i}`);
    }
    assert.deepEqual(await Promise.all(asked.map(async (one) => (await one).body)), [..."01234567"]);
  });

  it("of a router that drains is served to its end, and its threads are told", async (t) => {
    const { client, threads, router } = await keptServer(t, { options: { maxInFlight: 1 } });
    const thread = await joined(threads, 1);
    const first = client.ask("/first");
    const taken = await thread.take();
    const second = client.ask("/second");
    await waiting(router, 1);
    router.drain();
    const order = await poll(
      () => thread.heard,
      (heard) => heard.length === 8,
    );
    assert.equal(order.readUInt32LE(0), 2 << 24);
    thread.respond(taken, "one");
    assert.equal((await first).body, "one");
    thread.respond(await thread.take(), "two");
    assert.equal((await second).body, "two");
    thread.socket.destroy();
    // For what still comes on its connections there is a thread again, which is told at once.
    const late = client.ask("/late");
    const other = await joined(threads, 2);
    await poll(
      () => other.heard,
      (heard) => heard.length === 8,
    );
    other.respond(await other.take(), "late");
    assert.equal((await late).body, "late");
  });

  it("has nothing in it of a router before", async (t) => {
    const folder = temporaryDirectory(t);
    const { RequestQueue } = await import("../../src/router/request-queue.ts");
    const path = makeQueue(join(folder, "queue"));
    const before = new RequestQueue(path);
    before.put(1, "packet");
    const queue = new RequestQueue(path);
    assert.deepEqual(queue.takeBack(), []);
    let count = 0;
    while (queue.put(count + 1, "x")) count += 1;
    assert.ok(count >= 2, `${count}`);
    assert.equal(queue.put(count + 1, "x"), false);
    assert.deepEqual(
      queue.takeBack(),
      Array.from({ length: count }, (_, i) => i + 1),
    );
    before.close();
    queue.close();
  });
});

describe("request bodies", () => {
  it("are in the queue where they are small and here, and else are sent to whoever claims them", async (t) => {
    const { client, threads } = await keptServer(t);
    const thread = await joined(threads, 2);
    for (const body of ["a", "b".repeat(300_000), "c"]) {
      const asked = client.ask("/", { method: "POST", body });
      let taken = await thread.take();
      if (body.length > 4096) {
        assert.equal(taken.target, "");
        taken = await thread.claim(taken.number);
      }
      assert.deepEqual([taken.target, taken.body], ["/", body]);
      thread.respond(taken, "taken");
      assert.equal((await asked).body, "taken");
    }
    assert.equal(threads.length, 2);
  });

  it("so does a head that the queue cannot hold", async (t) => {
    const { client, threads } = await keptServer(t);
    const thread = await joined(threads, 2);
    const asked = client.ask("/", { headers: ["Cookie", "a".repeat(5_000)] });
    const taken = await thread.claim((await thread.take()).number);
    assert.equal(taken.target, "/");
    thread.respond(taken, "taken");
    assert.equal((await asked).body, "taken");
  });

  it("that come later than their head are claimed", async (t) => {
    const { threads, port } = await keptServer(t);
    const thread = await joined(threads, 2);
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    const { number, target } = await thread.take();
    assert.equal(target, "");
    const claimed = thread.claim(number);
    socket.write("llo");
    const taken = await claimed;
    assert.equal(taken.body, "hello");
    thread.respond(taken, "taken");
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(answer.toString(), /taken$/);
    socket.destroy();
  });

  it("that are claimed when the client has gone are not sent", async (t) => {
    const { client, threads, port, router } = await keptServer(t, { options: { maxInFlight: 1 } });
    const thread = await joined(threads, 1);
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegun");
    const { number } = await thread.take();
    socket.destroy();
    const late = client.ask("/late");
    await waiting(router, 1);
    const ended = once(thread.socket, "end");
    // The router has to have seen it: then a claim closes the connection.
    await poll(
      () => {
        thread.say(FRAME.claim, number);
        return thread.socket.readableEnded;
      },
      (isOver) => isOver,
    );
    await ended;
    const other = await joined(threads, 2);
    other.respond(await other.take(), "late");
    assert.equal((await late).body, "late");
  });

  it("that are cut off in the midst of being sent end the connection", async (t) => {
    const { client, threads, port } = await keptServer(t, { options: { maxInFlight: 1 } });
    const thread = await joined(threads, 1);
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegun");
    thread.say(FRAME.claim, (await thread.take()).number);
    await poll(
      () => thread.heard.length,
      (length) => length > 0,
    );
    const ended = once(thread.socket, "end");
    socket.destroy();
    await ended;
    const next = client.ask("/next");
    const other = await joined(threads, 2);
    other.respond(await other.take(), "next");
    assert.equal((await next).body, "next");
  });
});
