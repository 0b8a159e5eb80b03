import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { poll } from "../support/poll.ts";
import { type Arrival, respond } from "./fake-backend.ts";
import { routerServer } from "./router-server.ts";

/** Keeps what arrives until the test answers it. */
function held(): { arrivals: Arrival[]; answer: (arrival: Arrival) => void } {
  const arrivals: Arrival[] = [];
  return { arrivals, answer: (arrival) => void arrivals.push(arrival) };
}

describe("the queue", () => {
  it("gives a backend no more than it may have, and the rest in the order of their coming", async (t) => {
    const { arrivals, answer } = held();
    const { client, router } = await routerServer(t, { answers: [answer], options: { maxInFlight: 2 } });
    const asked: Promise<string>[] = [];
    for (let i = 0; i < 5; i++) {
      asked.push(client.ask(`/${i}`).then(({ body }) => body));
      await poll(
        () => arrivals.length + router.waiting,
        (count) => count === i + 1,
      );
    }
    assert.equal(router.waiting, 3);
    for (let i = 0; i < 5; i++) {
      await poll(
        () => arrivals.length,
        (count) => count > i,
      );
      assert.equal(arrivals.length, Math.min(i + 2, 5));
      assert.equal(arrivals[i]!.variables["REQUEST_URI"], `/${i}`);
      respond(arrivals[i]!.socket, `${i}`);
      assert.equal(await asked[i], `${i}`);
      await poll(
        () => arrivals.length + router.waiting,
        (count) => count === 5,
      );
      await poll(
        () => arrivals.length,
        (count) => count === Math.min(i + 3, 5),
      );
    }
  });

  it("that is full answers 503 with Retry-After, at once", async (t) => {
    const { arrivals, answer } = held();
    const { client, router, log } = await routerServer(t, {
      answers: [answer],
      options: { maxInFlight: 1, queueLimit: 1 },
    });
    const first = client.ask("/first");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    for (let i = 0; i < 2; i++) {
      const third = await client.ask("/third");
      assert.equal(third.status, 503);
      assert.deepEqual(third.headers["retry-after"], ["1"]);
      assert.equal(third.body, "Service Unavailable\n");
    }
    assert.deepEqual(log, ["all workers are busy and 1 requests wait: more get 503"]);
    respond(arrivals[0]!.socket, "one");
    assert.equal((await first).body, "one");
    await poll(
      () => arrivals.length,
      (count) => count === 2,
    );
    respond(arrivals[1]!.socket, "two");
    assert.equal((await second).body, "two");
  });

  it("answers 503 to what has waited too long, and to nothing else", async (t) => {
    const { arrivals, answer } = held();
    const { client, router } = await routerServer(t, {
      answers: [answer],
      options: { maxInFlight: 1, queueTimeout: 60_000 },
    });
    const first = client.ask("/first");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    router.sweep(performance.now() + 50_000);
    assert.equal(router.waiting, 1);
    router.sweep(performance.now() + 60_001);
    const { status, headers } = await second;
    assert.equal(status, 503);
    assert.deepEqual(headers["retry-after"], ["1"]);
    respond(arrivals[0]!.socket, "one");
    assert.equal((await first).body, "one");
    assert.equal(arrivals.length, 1);
  });

  it("is left by a client that goes", async (t) => {
    const { arrivals, answer } = held();
    const { client, router, port } = await routerServer(t, {
      answers: [answer],
      options: { maxInFlight: 1 },
    });
    const first = client.ask("/first");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const impatient = connect(port, "127.0.0.1");
    impatient.write("GET /gone HTTP/1.1\r\nHost: a\r\n\r\n");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    impatient.destroy();
    await poll(
      () => router.waiting,
      (count) => count === 0,
    );
    respond(arrivals[0]!.socket, "one");
    assert.equal((await first).body, "one");
    // Nothing was sent on for the one that went: this is the next that arrives.
    const last = client.ask("/last");
    await poll(
      () => arrivals.length,
      (count) => count === 2,
    );
    assert.equal(arrivals[1]!.variables["REQUEST_URI"], "/last");
    respond(arrivals[1]!.socket, "last");
    assert.equal((await last).body, "last");
  });

  it("waits for the worker's own end, not for the response's alone", async (t) => {
    const { arrivals, answer } = held();
    const { client, router } = await routerServer(t, { answers: [answer], options: { maxInFlight: 1 } });
    const first = client.ask("/first");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    arrivals[0]!.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
    assert.equal((await first).body, "one");
    const second = client.ask("/second");
    await poll(
      () => router.waiting,
      (count) => count === 1,
    );
    assert.equal(arrivals.length, 1);
    arrivals[0]!.socket.end();
    await poll(
      () => arrivals.length,
      (count) => count === 2,
    );
    respond(arrivals[1]!.socket, "two");
    assert.equal((await second).body, "two");
  });
});

describe("choosing a backend", () => {
  it("is fair: four backends get the same, within 10 %", async (t) => {
    const counts = [0, 0, 0, 0];
    const { client } = await routerServer(t, {
      answers: counts.map((_, i) => ({ socket }: Arrival) => {
        counts[i]! += 1;
        // Workers differ in how long they take.
        setTimeout(() => respond(socket, `${i}`), counts[i]! % 3);
      }),
      options: { maxInFlight: 2 },
    });
    let left = 1_000;
    const one = async (): Promise<void> => {
      while (left-- > 0) assert.equal((await client.ask("/")).status, 200);
    };
    await Promise.all(Array.from({ length: 16 }, one));
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      1_000,
    );
    for (const count of counts) assert.ok(Math.abs(count - 250) <= 25, counts.join(", "));
  });

  it("takes turns when nothing is in flight", async (t) => {
    const seen: number[] = [];
    const { client } = await routerServer(t, {
      answers: [0, 1, 2].map((i) => ({ socket }: Arrival) => {
        seen.push(i);
        respond(socket, "");
      }),
    });
    for (let i = 0; i < 6; i++) await client.ask("/");
    assert.deepEqual(seen, [0, 1, 2, 0, 1, 2]);
  });

  it("prefers the one with the fewest in flight", async (t) => {
    const first = held();
    const second = held();
    const { client } = await routerServer(t, { answers: [first.answer, second.answer] });
    const asked = [client.ask("/0"), client.ask("/1"), client.ask("/2")];
    await poll(
      () => [first.arrivals.length, second.arrivals.length].join(),
      (counts) => counts === "2,1",
    );
    respond(second.arrivals[0]!.socket, "");
    await asked[1];
    for (let i = 1; i <= 5; i++) {
      const next = client.ask("/");
      await poll(
        () => second.arrivals.length,
        (count) => count === i + 1,
      );
      respond(second.arrivals[i]!.socket, "");
      await next;
    }
    for (const { socket } of first.arrivals) respond(socket, "");
    await Promise.all(asked);
  });
});

describe("a client that goes", () => {
  it("closes the connection to its backend", async (t) => {
    const { arrivals, answer } = held();
    const { port } = await routerServer(t, { answers: [answer] });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const ended = once(arrivals[0]!.socket.resume(), "end");
    socket.destroy();
    await ended;
    // Not its half alone: whatever the worker still sends meets nobody.
    const failed = once(arrivals[0]!.socket, "error");
    arrivals[0]!.socket.write("HTTP/1.1 200 OK\r\n\r\n");
    assert.equal((await failed)[0].code, "EPIPE");
  });

  it("by harakiri does so too, with 504", async (t) => {
    const { arrivals, answer } = held();
    const stuck: string[] = [];
    const gateway = { harakiri: 10, onStuck: (reason: string) => void stuck.push(reason) };
    const { client, router } = await routerServer(t, { answers: [answer], gateway });
    const asked = client.ask("/slow");
    await poll(
      () => arrivals.length,
      (count) => count === 1,
    );
    const ended = once(arrivals[0]!.socket.resume(), "end");
    assert.equal((await asked).status, 504);
    await ended;
    assert.equal(router.waiting, 0);
    assert.deepEqual(stuck, []);
  });
});
