import assert from "node:assert/strict";
import { describe } from "node:test";
import type { FetchHandler } from "../../../src/app/interface.ts";
import { standard } from "../../support/fetch-standard.ts";
import { answerFetch, startFetch } from "../../support/start-fetch.ts";

/** What is sent of a Response is what its public members say, whatever its kind. */

const bytes = (text: string) => new TextEncoder().encode(text);

async function sent(handler: FetchHandler): Promise<unknown[]> {
  const { status, reason, text, outcome, ...exchange } = await answerFetch(handler);
  const fields = exchange.headers.join(" ");
  return [status, reason, text, outcome, fields];
}

describe("an answer", () => {
  standard("of a subclass that overrides nothing", async () => {
    class Own extends Response {
      readonly mine = 1;
    }
    const { calls, text, status } = await answerFetch(() => new Own("hello", { status: 201 }));
    assert.deepEqual([calls, status, text], [["respond", "write", "end"], 201, "hello"]);
  });

  standard("of a subclass that overrides what is sent", async () => {
    class Own extends Response {
      // @ts-expect-error TS2611: declared as a property
      override get status() {
        return 299;
      }
      // @ts-expect-error TS2611: declared as a property
      override get headers() {
        return new Headers({ own: "1" });
      }
    }
    class Lower extends Own {}
    for (const Class of [Own, Lower]) {
      const exchange = await answerFetch(() => new Class("hello"));
      assert.deepEqual([exchange.status, exchange.text], [299, "hello"]);
      assert.deepEqual([exchange.field("own"), exchange.field("content-type")], [["1"], []]);
    }
  });

  standard("of an object with members of its own, or a Proxy of them", async () => {
    const own = Object.defineProperty(new Response("hello"), "status", { value: 298 });
    assert.equal((await answerFetch(() => own)).status, 298);
    const body = ReadableStream.from([bytes("other")]);
    const replaced = Object.defineProperty(new Response("hello"), "body", { value: body });
    assert.equal((await answerFetch(() => replaced)).text, "other");
    const target = new Response("hello");
    const proxy = new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name);
        return name === "status" ? 297 : typeof value === "function" ? value.bind(target) : value;
      },
    });
    const exchange = await answerFetch(() => proxy);
    assert.deepEqual([exchange.status, exchange.text], [297, "hello"]);
  });

  standard("whose fields are of a subclass of Headers", async () => {
    class Own extends Headers {}
    const headers = new Own([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
    const exchange = await answerFetch(() => new Response(null, { headers }));
    assert.deepEqual(exchange.field("set-cookie"), ["a=1", "b=2"]);
  });

  standard("json, a redirect, a status without a body", async () => {
    assert.deepEqual(await sent(() => Response.json({ a: 1 }, { status: 201, statusText: "Made" })), [
      201,
      "Made",
      '{"a":1}',
      "complete",
      "content-type application/json content-length 7",
    ]);
    assert.deepEqual(await sent(() => Response.redirect("http://a.test/b", 307)), [
      307,
      undefined,
      "",
      "complete",
      "location http://a.test/b content-length 0",
    ]);
    assert.deepEqual(await sent(() => new Response(null, { status: 204 })), [
      204,
      undefined,
      "",
      "complete",
      "",
    ]);
  });

  standard("Response.error, and one that has no body to give, is the app's error", async () => {
    const used = new Response("x");
    const locked = new Response("x");
    locked.body!.getReader();
    const canceled = new Response("x");
    await canceled.body!.cancel();
    await used.text();
    for (const response of [Response.error(), Response.error().clone(), used, locked, canceled]) {
      const { exchange, handled } = startFetch(() => response);
      await assert.rejects(handled, TypeError);
      assert.deepEqual(exchange.calls, []);
    }
  });

  standard("given twice is the app's error the second time, unless it has no body", async () => {
    for (const again of [
      new Response("x"),
      Response.json(1),
      new Response(ReadableStream.from([bytes("x")])),
    ]) {
      assert.equal((await answerFetch(() => again)).outcome, "complete");
      assert.equal(again.bodyUsed, true);
      assert.throws(() => again.clone(), TypeError);
      await assert.rejects(again.text(), TypeError);
      await assert.rejects(startFetch(() => again).handled, TypeError);
    }
    const empty = Response.redirect("http://a.test/");
    for (let turn = 0; turn < 2; turn++) assert.equal((await answerFetch(() => empty)).status, 302);
  });

  standard("that is a clone, or whose clone is read, or a tee", async () => {
    const kept = new Response("kept");
    assert.equal((await answerFetch(() => kept.clone())).text, "kept");
    assert.equal(await kept.clone().text(), "kept");
    const [a, b] = kept.body!.tee();
    assert.equal((await answerFetch(() => new Response(a))).text, "kept");
    assert.equal((await answerFetch(() => new Response(b))).text, "kept");
  });

  standard("that is the request's own body, its form, or its text", async () => {
    const post = {
      method: "POST",
      body: "a=b",
      headers: ["content-type", "application/x-www-form-urlencoded"],
    };
    for (const handler of [
      (request: Request) => new Response(request.body),
      async (request: Request) => new Response(await request.text()),
      async (request: Request) => new Response(await request.clone().blob()),
      async (request: Request) => new Response(String((await request.formData()).get("a")).padStart(3, "a=")),
      async (request: Request) => new Response(new Request(request).body),
    ]) {
      assert.equal((await answerFetch(handler, post)).text, "a=b");
    }
  });

  standard("whose stream fails midway is cut off, also by a clone", async () => {
    let turn = 0;
    const failing = () =>
      new ReadableStream({
        async pull(controller) {
          // Longer than what the sender waits for before it sends what it has.
          for (let wait = 0; wait < 5; wait++) await new Promise(setImmediate);
          if (turn++ === 0) controller.enqueue(bytes("some"));
          else controller.error(new EvalError("mine"));
        },
      });
    for (const make of [() => new Response(failing()), () => new Response(failing()).clone()]) {
      turn = 0;
      const { exchange, handled } = startFetch(make);
      await assert.rejects(handled, { message: "mine" });
      assert.deepEqual([exchange.text, exchange.outcome], ["some", "aborted"]);
    }
  });

  standard("whose text has no UTF-8 goes as what replaces it", async () => {
    assert.equal((await answerFetch(() => new Response("a\ud800b"))).text, "a\ufffdb");
  });

  standard("that was looked at before: inspected, cloned, its body asked for", async () => {
    const { inspect } = await import("node:util");
    for (const look of [
      (response: Response) => inspect(response),
      (response: Response) => response.clone(),
      (response: Response) => response.body,
      (response: Response) => response.headers,
      (response: Response) => new Response("x", response),
    ]) {
      const exchange = await answerFetch(() => {
        const response = new Response("hello", { headers: { a: "1" } });
        look(response);
        response.headers.append("a", "2");
        return response;
      });
      assert.deepEqual([exchange.text, exchange.field("a")], ["hello", ["1, 2"]]);
    }
  });
});
