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
import { fakeKeptBackend, type KeptPeer } from "./fake-kept-backend.ts";
import { connections } from "./router-server.ts";

const greet = (peer: KeptPeer): void => peer.greet();

/** A worker's place, the router before it and an HTTP gateway before that. */
async function keptServer(
  t: TestContext,
  onPeer: (peer: KeptPeer) => void = greet,
  options: Partial<RouterOptions> = {},
) {
  const path = join(temporaryDirectory(t), "0.sock");
  const { peers, kill } = await fakeKeptBackend(t, path, onPeer);
  const log: string[] = [];
  const keep = (text: string): void => void log.push(text);
  const router = new KeptRouter({
    backends: [path],
    maxInFlight: 2,
    queueLimit: 100,
    queueTimeout: 60_000,
    connectTimeout: 60_000,
    nodeSockets: connections.nodeSockets,
    log: { info: keep, warn: keep, error: keep },
    ...options,
  });
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
  return { router, client, peers, kill, log, port: server.port };
}

/** Waits for so many requests in all. */
async function arrived(peers: readonly KeptPeer[], count: number): Promise<void> {
  await poll(
    () => peers.reduce((sum, { requests }) => sum + requests.length, 0),
    (sum) => sum === count,
  );
}

describe("a kept connection", () => {
  it("carries one request after another", async (t) => {
    const { client, peers } = await keptServer(t);
    for (let i = 0; i < 5; i++) {
      const asked = client.ask(`/${i}`);
      await arrived(peers, i + 1);
      peers[0]!.respond(`answer ${i}`);
      assert.equal((await asked).body, `answer ${i}`);
    }
    assert.equal(peers.length, 1);
  });

  it("gets no request before a thread is free for it", async (t) => {
    const { client, peers, router } = await keptServer(t, () => {});
    const asked = [client.ask("/a"), client.ask("/b")];
    await poll(
      () => peers.length,
      (count) => count === 2,
    );
    assert.equal(router.waiting, 2);
    // Whichever is taken first gets the first.
    peers[1]!.greet();
    await arrived(peers, 1);
    assert.deepEqual(peers[1]!.requests, ["/a"]);
    peers[1]!.respond("a");
    assert.equal((await asked[0]!).body, "a");
    // The other's thread never comes: nothing waits for it.
    await arrived(peers, 2);
    assert.deepEqual(peers[1]!.requests, ["/a", "/b"]);
    peers[1]!.respond("b");
    assert.equal((await asked[1]!).body, "b");
  });

  it("gets none between the response's end and the app's own", async (t) => {
    const { client, peers, router } = await keptServer(t, greet, { maxInFlight: 1 });
    const first = client.ask("/first");
    await arrived(peers, 1);
    peers[0]!.respond("one", FRAME.end);
    assert.equal((await first).body, "one");
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    assert.equal(peers[0]!.requests.length, 1);
    peers[0]!.greet();
    await arrived(peers, 2);
    peers[0]!.respond("two");
    assert.equal((await second).body, "two");
  });

  it("passes on a response in parts, and tells a cut-off one from a whole one", async (t) => {
    const { client, peers, log } = await keptServer(t);
    const whole = client.ask("/whole");
    await arrived(peers, 1);
    peers[0]!.say(0, "HTTP/1.1 200 OK\r\n\r\n", "one ");
    peers[0]!.say(0, "", "two");
    peers[0]!.say(FRAME.end | FRAME.free);
    assert.equal((await whole).body, "one two");
    const cut = client.ask("/cut");
    await arrived(peers, 2);
    peers[0]!.say(0, "HTTP/1.1 200 OK\r\n\r\n", "begun");
    peers[0]!.say(FRAME.cut | FRAME.free);
    await assert.rejects(cut);
    assert.match(log[0]!, /^GET \/cut: the worker at .*: it was cut off by the worker: cut off$/);
    // The connection is as good as before.
    const next = client.ask("/next");
    await arrived(peers, 3);
    peers[0]!.respond("next");
    assert.equal((await next).body, "next");
    assert.equal(peers.length, 1);
  });

  it("is closed when the client goes, and another made", async (t) => {
    const { client, peers, port } = await keptServer(t, greet, { maxInFlight: 1 });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    await arrived(peers, 1);
    const ended = once(peers[0]!.socket, "end");
    socket.destroy();
    await ended;
    const asked = client.ask("/next");
    await arrived(peers, 2);
    peers[1]!.respond("next");
    assert.equal((await asked).body, "next");
  });

  it("is closed at the worker's word, between requests and behind one that crossed it", async (t) => {
    const { client, peers } = await keptServer(t, greet, { maxInFlight: 1 });
    const first = client.ask("/first");
    await arrived(peers, 1);
    peers[0]!.respond("one");
    await first;
    const ended = once(peers[0]!.socket, "end");
    peers[0]!.say(FRAME.last);
    await ended;
    const crossing = client.ask("/crossing");
    await arrived(peers, 2);
    peers[1]!.say(FRAME.last);
    peers[1]!.respond("two", FRAME.end | FRAME.last);
    assert.equal((await crossing).body, "two");
    const third = client.ask("/third");
    await arrived(peers, 3);
    peers[2]!.respond("three");
    assert.equal((await third).body, "three");
  });

  it("that says what nobody asked for is closed", async (t) => {
    const { client, peers } = await keptServer(t);
    const first = client.ask("/first");
    await arrived(peers, 1);
    const ended = once(peers[0]!.socket, "end");
    peers[0]!.respond("one");
    peers[0]!.respond("for somebody else");
    assert.equal((await first).body, "one");
    await ended;
    const second = client.ask("/second");
    await arrived(peers, 2);
    peers[1]!.respond("two");
    assert.equal((await second).body, "two");
  });

  it("whose response cannot be sent is answered for", async (t) => {
    const { client, peers, log } = await keptServer(t);
    const asked = client.ask("/");
    await arrived(peers, 1);
    peers[0]!.say(
      FRAME.end | FRAME.free,
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: x\r\n\r\n",
      "1",
    );
    assert.equal((await asked).status, 502);
    assert.match(log[0]!, /Content-Length: expected a whole number/);
  });
});

describe("a request whose worker goes", () => {
  it("before it has read it is repeated, whatever it is", async (t) => {
    // A socket that nobody reads and that is closed with what came resets the connection.
    const { client, peers, router } = await keptServer(t, (peer) => {
      peer.deaf = peers.length === 1;
      peer.greet();
    });
    const asked = client.ask("/", { method: "POST", headers: ["Content-Length", "0"] });
    await poll(
      () => [peers[0]?.socket.bytesWritten, router.waiting].join(),
      (seen) => seen === "8,0",
    );
    peers[0]!.socket.destroy();
    await arrived(peers, 1);
    assert.deepEqual(peers[1]!.requests, ["/"]);
    peers[1]!.respond("again");
    assert.equal((await asked).body, "again");
  });

  it("after it has read it is repeated once, if it may be", async (t) => {
    const { client, peers } = await keptServer(t);
    const asked = client.ask("/");
    await arrived(peers, 1);
    peers[0]!.socket.destroy();
    await arrived(peers, 2);
    peers[1]!.socket.destroy();
    assert.equal((await asked).status, 502);
    const posted = client.ask("/", { method: "POST" });
    await arrived(peers, 3);
    peers[2]!.socket.destroy();
    assert.equal((await posted).status, 502);
    assert.equal(peers.length, 3);
  });

  it("is not repeated where it was at work for long", async (t) => {
    const { client, peers } = await keptServer(t);
    const asked = client.ask("/");
    await arrived(peers, 1);
    const now = performance.now.bind(performance);
    t.mock.method(performance, "now", () => now() + 2_000);
    peers[0]!.socket.destroy();
    assert.equal((await asked).status, 502);
    assert.equal(peers.length, 1);
  });

  it("is refused with 503 where there is none", async (t) => {
    const { client, kill, log } = await keptServer(t);
    await kill();
    const { status, headers } = await client.ask("/");
    assert.deepEqual([status, headers["retry-after"]], [503, ["1"]]);
    assert.match(log[0]!, /^cannot connect to the worker at .*: connect ENOENT/);
    assert.match(log[1]!, /^GET \/: the worker at .*: connect ENOENT .*: answered with 503$/);
  });
});

describe("the line before kept connections", () => {
  it("is served in order, each by the thread that is free first", async (t) => {
    const { client, peers, router } = await keptServer(t);
    const asked: Promise<string>[] = [];
    for (let i = 0; i < 5; i++) {
      asked.push(client.ask(`/${i}`).then(({ body }) => body));
      await poll(
        () => peers.reduce((sum, { requests }) => sum + requests.length, 0) + router.waiting,
        (count) => count === i + 1,
      );
    }
    await arrived(peers, 2);
    assert.equal(router.waiting, 3);
    // One thread is slow: the other serves the rest.
    const [slow, quick] = peers as [KeptPeer, KeptPeer];
    for (const target of ["/1", "/2", "/3", "/4"]) {
      await poll(
        () => quick.requests.at(-1),
        (last) => last === target,
      );
      quick.respond(target);
      assert.equal(await asked[Number(target[1])], target);
    }
    slow.respond("/0");
    assert.equal(await asked[0], "/0");
  });

  it("that is full, or too slow, answers 503", async (t) => {
    const { client, peers, router, log } = await keptServer(t, greet, { maxInFlight: 1, queueLimit: 1 });
    const first = client.ask("/first");
    await arrived(peers, 1);
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    assert.equal((await client.ask("/third")).status, 503);
    assert.deepEqual(log, ["all workers are busy and 1 requests wait: more get 503"]);
    router.sweep(performance.now() + 60_001);
    assert.equal((await second).status, 503);
    peers[0]!.respond("one");
    assert.equal((await first).body, "one");
  });

  it("of a router that drains gets its threads, and then lets go of them", async (t) => {
    const { client, peers, router } = await keptServer(t, greet, { maxInFlight: 1 });
    const first = client.ask("/first");
    await arrived(peers, 1);
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    router.drain();
    peers[0]!.respond("one");
    assert.equal((await first).body, "one");
    await arrived(peers, 2);
    const ended = once(peers[0]!.socket, "end");
    peers[0]!.respond("two");
    assert.equal((await second).body, "two");
    await ended;
  });
});

describe("request bodies on a kept connection", () => {
  it("go behind the packet, one after the other", async (t) => {
    const { client, peers } = await keptServer(t);
    for (const [i, body] of ["a", "b".repeat(300_000), "c"].entries()) {
      const asked = client.ask("/", { method: "POST", body });
      await arrived(peers, i + 1);
      peers[0]!.respond("taken");
      assert.equal((await asked).body, "taken");
    }
    assert.equal(peers.length, 1);
  });

  it("that nobody waits for end the connection", async (t) => {
    const { client, peers, port } = await keptServer(t, greet, { maxInFlight: 1 });
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegun");
    await poll(
      () => peers[0]?.socket.bytesRead ?? 0,
      (count) => count > 0,
    );
    const ended = once(peers[0]!.socket, "end");
    peers[0]!.respond("no more, please", FRAME.end | FRAME.last);
    await ended;
    socket.destroy();
    const next = client.ask("/next");
    await poll(
      () => peers.length,
      (count) => count === 2,
    );
    await poll(
      () => peers[1]!.requests.length,
      (count) => count === 1,
    );
    peers[1]!.respond("next");
    assert.equal((await next).body, "next");
  });
});
