import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeExchange } from "../support/fake-exchange.ts";
import { answerFetch, startFetch } from "../support/start-fetch.ts";

const text = new TextEncoder();

describe("fetch handler: the response", () => {
  test("status, reason and fields, each cookie by itself", async () => {
    const headers = new Headers({ "X-A": "1" });
    headers.append("Set-Cookie", "a=1; Path=/");
    headers.append("Set-Cookie", "b=2, really");
    const exchange = await answerFetch(
      () => new Response("hello", { status: 418, statusText: "Short and stout", headers }),
    );
    assert.equal(exchange.status, 418);
    assert.equal(exchange.reason, "Short and stout");
    assert.deepEqual(exchange.field("set-cookie"), ["a=1; Path=/", "b=2, really"]);
    assert.deepEqual(exchange.field("x-a"), ["1"]);
    assert.equal(exchange.text, "hello");
  });

  test("a body of one chunk has a Content-Length and is sent in one go", async () => {
    for (const body of [
      "hello",
      text.encode("hello"),
      new Blob(["hello"]),
      ReadableStream.from([text.encode("hello")]),
    ]) {
      const exchange = await answerFetch(() => new Response(body as Blob));
      assert.deepEqual(exchange.field("content-length"), ["5"]);
      assert.deepEqual(exchange.calls, ["respond", "write", "end"]);
      assert.equal(exchange.text, "hello");
    }
  });

  test("an empty body has the length 0; one that the app told stays", async () => {
    assert.deepEqual((await answerFetch(() => new Response(""))).field("content-length"), ["0"]);
    assert.deepEqual((await answerFetch(() => new Response(null))).field("content-length"), ["0"]);
    const told = await answerFetch(() => new Response("hello", { headers: { "content-length": "5" } }));
    assert.deepEqual(told.headers, ["content-length", "5", "content-type", "text/plain;charset=UTF-8"]);
  });

  test("chunks without bytes are passed over", async () => {
    for (const parts of [[""], ["", "a"], ["a", "", "b"]]) {
      const body = ReadableStream.from(parts.map((part) => text.encode(part)));
      assert.equal((await answerFetch(() => new Response(body))).text, parts.join(""));
    }
  });

  test("204 and 304 have neither body nor length", async () => {
    for (const status of [204, 304]) {
      const exchange = await answerFetch(() => new Response(null, { status }));
      assert.deepEqual(exchange.headers, []);
      assert.deepEqual(exchange.calls, ["respond", "end"]);
    }
  });

  test("HEAD: the body is cancelled, not read, and the length kept", async () => {
    let pulled = false;
    let cancelled = false;
    const body = new ReadableStream(
      {
        pull: () => {
          pulled = true;
        },
        cancel: () => {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const exchange = await answerFetch(() => new Response(body, { headers: { "content-length": "1000" } }), {
      method: "HEAD",
    });
    assert.deepEqual(exchange.calls, ["respond", "end"]);
    assert.deepEqual(exchange.field("content-length"), ["1000"]);
    assert.deepEqual([pulled, cancelled], [false, true]);
  });

  test("the head is sent before a body whose first chunk is late", async () => {
    let controller: ReadableStreamDefaultController | undefined;
    const body = new ReadableStream({
      start(one) {
        controller = one;
      },
    });
    const { exchange, handled } = startFetch(() => new Response(body));
    while (!exchange.started) await new Promise(setImmediate);
    assert.deepEqual(exchange.calls, ["respond"]);
    controller?.enqueue(text.encode("data: 1\n\n"));
    await new Promise(setImmediate);
    assert.equal(exchange.text, "data: 1\n\n");
    controller?.close();
    await handled;
    assert.deepEqual(exchange.field("content-length"), []);
  });

  test("the first chunk is sent though the second is late", async () => {
    let controller: ReadableStreamDefaultController | undefined;
    const body = new ReadableStream({
      start(one) {
        controller = one;
        one.enqueue(text.encode("first"));
      },
    });
    const { exchange, handled } = startFetch(() => new Response(body));
    while (exchange.sent === 0) await new Promise(setImmediate);
    assert.equal(exchange.text, "first");
    controller?.close();
    await handled;
    assert.deepEqual(exchange.field("content-length"), []);
    assert.equal(exchange.outcome, "complete");
  });

  test("the client goes away: the body is cancelled with the signal's reason", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(text.encode("first")),
      cancel: resolve,
    });
    const { exchange, handled } = startFetch(() => new Response(body));
    while (exchange.sent === 0) await new Promise(setImmediate);
    exchange.clientGone();
    assert.equal(((await promise) as Error).message, "the client went away");
    await handled;
    assert.deepEqual(exchange.calls, ["respond", "write"]);
  });

  test("the client goes away while the exchange is full", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => {
        cancelled = true;
      },
    });
    const { exchange, handled } = startFetch(() => new Response(body), { highWaterMark: 500 });
    const { drained } = FakeExchange.prototype;
    exchange.drained = (wake) => {
      drained.call(exchange, wake);
      exchange.clientGone();
    };
    await handled;
    assert.equal(cancelled, true);
  });

  test("the client goes away before the app answers: the body is cancelled, nothing is sent", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true;
      },
    });
    const { exchange, handled } = startFetch(async () => {
      await new Promise(setImmediate);
      return new Response(body);
    });
    exchange.clientGone();
    await handled;
    assert.equal(cancelled, true);
    assert.deepEqual(exchange.calls, []);
  });

  test("a stream that fails before its first chunk: nothing was sent", async () => {
    const body = new ReadableStream({
      pull: () => {
        throw new Error("no first chunk");
      },
    });
    const { exchange, handled } = startFetch(() => new Response(body));
    await assert.rejects(handled, { message: "no first chunk" });
    assert.deepEqual(exchange.calls, []);
  });

  test("a stream that fails after its first chunk: the connection is cut off", async () => {
    const { promise: failure, reject: fail } = Promise.withResolvers<Uint8Array>();
    async function* parts() {
      yield text.encode("first");
      yield await failure;
    }
    const { exchange, handled } = startFetch(() => new Response(ReadableStream.from(parts())));
    while (exchange.sent === 0) await new Promise(setImmediate);
    fail(new Error("no second chunk"));
    await assert.rejects(handled, { message: "no second chunk" });
    assert.deepEqual(exchange.calls, ["respond", "write", "abort"]);
    assert.equal((exchange.abortReason as Error).message, "no second chunk");
  });

  for (const headers of [{}, { "content-length": "100" }]) {
    test(`a stream that fails while the exchange is full ${JSON.stringify(headers)}`, async () => {
      // An unhandled rejection would fail this test.
      let controller: ReadableStreamDefaultController | undefined;
      const body = new ReadableStream({
        start(one) {
          controller = one;
          one.enqueue(text.encode("first"));
        },
      });
      const { exchange, handled } = startFetch(() => new Response(body, { headers }), { highWaterMark: 1 });
      const { promise, resolve } = Promise.withResolvers<() => void>();
      exchange.drained = resolve;
      const wake = await promise;
      controller?.error(new Error("failed meanwhile"));
      await new Promise(setImmediate);
      wake();
      await assert.rejects(handled, { message: "failed meanwhile" });
      assert.equal(exchange.outcome, "aborted");
    });
  }

  test("a head that is refused while the body fails", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(text.encode("first"));
        setImmediate(() => controller.error(new Error("failed too")));
      },
    });
    const response = new Response(body, { headers: { "content-length": "100" } });
    const { exchange, handled } = startFetch(() => response);
    exchange.respond = () => {
      throw new TypeError("refused");
    };
    await assert.rejects(handled, { message: "refused" });
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.deepEqual(exchange.calls, []);
  });

  test("a response that is complete asks for no signal and cancels nothing", async () => {
    let cancelled = false;
    let step = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (step++ < 3) controller.enqueue(text.encode("x"));
        else controller.close();
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const { exchange, handled } = startFetch(() => new Response(body));
    Object.defineProperty(exchange, "signal", { get: () => assert.fail("asked for the signal") });
    await handled;
    assert.equal(exchange.text, "xxx");
    assert.equal(cancelled, false);
  });

  test("a chunk that is no bytes is an error with advice", async () => {
    const { exchange, handled } = startFetch(
      () => new Response(ReadableStream.from(["text"]) as unknown as ReadableStream<Uint8Array>),
    );
    await assert.rejects(handled, /wanted a Uint8Array: got a string\. Pipe .* TextEncoderStream/);
    assert.deepEqual(exchange.calls, []);
  });

  test("a throw and a rejection are the gateway's to answer", async () => {
    for (const handler of [
      () => {
        throw new Error("thrown");
      },
      () => Promise.reject(new Error("thrown")),
    ]) {
      const { exchange, handled } = startFetch(handler);
      await assert.rejects(handled, { message: "thrown" });
      assert.deepEqual(exchange.calls, []);
    }
  });

  const wrong: [what: string, value: unknown, advice: RegExp][] = [
    [
      "undefined",
      undefined,
      /Cannot answer GET \/x: wanted a Response from the app: got undefined\. Does each/,
    ],
    ["a string", "hello", /got a string\. Write `new Response\(text\)`/],
    ["an object", { a: 1 }, /Response\.json\(value\)/],
    ["null", null, /got null/],
    ["an app, from a factory", { fetch: () => new Response() }, /export default createApp\(\)/],
    ["Response.error()", Response.error(), /returned Response\.error\(\)/],
  ];
  for (const [what, value, advice] of wrong) {
    test(`${what} instead of a response is an error with advice`, async () => {
      const { exchange, handled } = startFetch(() => value as Response, { target: "/x" });
      await assert.rejects(
        handled,
        (error: Error) => error instanceof TypeError && advice.test(error.message),
      );
      assert.deepEqual(exchange.calls, []);
    });
  }

  test("a body that was read before is an error with advice", async () => {
    const shared = new Response("once");
    assert.equal((await answerFetch(() => shared)).text, "once");
    const { handled } = startFetch(() => shared);
    await assert.rejects(handled, /was read before: return a new Response, or its clone\(\)/);
  });

  test("a Response of another library will do", async () => {
    class OtherHeaders {
      *[Symbol.iterator](): Generator<[string, string]> {
        yield ["X-A", "1"];
        yield ["Set-Cookie", "a=1, b=2"];
      }
      getSetCookie(): string[] {
        return ["a=1", "b=2"];
      }
    }
    async function* body() {
      yield Buffer.from("from ");
      yield Buffer.from("elsewhere");
    }
    const other = { status: 201, headers: new OtherHeaders(), body: body() };
    const exchange = await answerFetch(() => other as unknown as Response);
    assert.equal(exchange.status, 201);
    assert.deepEqual(exchange.headers, ["X-A", "1", "set-cookie", "a=1", "set-cookie", "b=2"]);
    assert.equal(exchange.text, "from elsewhere");
  });

  test("a head that the exchange refuses is the app's error", async () => {
    const { exchange, handled } = startFetch(
      () => ({ status: 42, headers: new Headers(), body: null }) as unknown as Response,
    );
    await assert.rejects(handled, TypeError);
    assert.deepEqual(exchange.calls, []);
  });
});
