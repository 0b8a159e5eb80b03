import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { installLightFetch } from "../../src/app/light-fetch.ts";
import { answerFetch, startFetch } from "../support/start-fetch.ts";

// Whatever a fetch handler is promised holds for the light classes as well.
installLightFetch();
await import("./fetch-request.test.ts");
await import("./fetch-response.test.ts");
await import("./streaming.test.ts");

describe("fetch handler: a light response", () => {
  test("of a handler that does not wait is sent before the adapter returns", () => {
    const { exchange } = startFetch(() => new Response("hello", { headers: { "X-A": "1" } }));
    assert.deepEqual(exchange.calls, ["respond", "write", "end"]);
    assert.deepEqual(exchange.headers, [
      "x-a",
      "1",
      "content-type",
      "text/plain;charset=UTF-8",
      "content-length",
      "5",
    ]);
    assert.equal(exchange.text, "hello");
  });

  test("with fields changed later, by itself and by a middleware", async () => {
    const exchange = await answerFetch(async () => {
      const response = Response.json({ a: 1 });
      response.headers.append("Set-Cookie", "a=1");
      response.headers.append("Set-Cookie", "b=2");
      response.headers.set("Content-Type", "a/b");
      return response;
    });
    assert.deepEqual(exchange.field("set-cookie"), ["a=1", "b=2"]);
    assert.deepEqual(exchange.field("content-type"), ["a/b"]);
    assert.deepEqual(exchange.field("content-length"), ["7"]);
  });

  test("HEAD has the length that GET would have", async () => {
    const exchange = await answerFetch(() => new Response("hello"), { method: "HEAD" });
    assert.deepEqual([exchange.calls, exchange.text], [["respond", "end"], ""]);
  });

  test("the client goes away before it is promised: nothing is sent", async () => {
    const { exchange, handled } = startFetch(async () => {
      await new Promise(setImmediate);
      return new Response("late");
    });
    exchange.clientGone();
    await handled;
    assert.deepEqual(exchange.calls, []);
  });

  test("a clone can be sent after it", async () => {
    const kept = new Response("again", { status: 201 });
    for (let turn = 0; turn < 2; turn++) {
      const exchange = await answerFetch(() => kept.clone());
      assert.deepEqual([exchange.status, exchange.text], [201, "again"]);
    }
  });

  test("one whose body was asked for, and one from fetch", async () => {
    const asked = await answerFetch(() => {
      const response = new Response("asked");
      return new Response(response.body, response);
    });
    assert.equal(asked.text, "asked");
    const fetched = await answerFetch(() => fetch("data:text/x,fetched"));
    assert.deepEqual([fetched.text, fetched.field("content-type")], ["fetched", ["text/x"]]);
  });
});
