import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Context } from "../../src/app/interface.ts";
import { FakeBody, type FakeRequest } from "../support/fake-exchange.ts";
import { answerFetch, startFetch } from "../support/start-fetch.ts";

/** What an app sees of a request. */
async function seen(request: FakeRequest): Promise<Request> {
  let found: Request | undefined;
  await answerFetch((one) => {
    found = one;
    return new Response();
  }, request);
  assert.ok(found);
  return found;
}

describe("fetch handler: the request", () => {
  test("is a native Request with method, URL and fields in order", async () => {
    const request = await seen({
      method: "PUT",
      target: "/a%20b/%C3%A9?q=1&q=2",
      host: "hello.test:8080",
      scheme: "https",
      headers: [
        "Host",
        "hello.test:8080",
        "X-Twice",
        "1",
        "Cookie",
        "a=1",
        "x-twice",
        "2",
        "Cookie",
        "b=2",
        "X-Latin",
        "w\xf6rld",
      ],
    });
    assert.ok(request instanceof Request);
    assert.equal(request.method, "PUT");
    assert.equal(request.url, "https://hello.test:8080/a%20b/%C3%A9?q=1&q=2");
    assert.equal(request.headers.get("x-twice"), "1, 2");
    assert.equal(request.headers.get("cookie"), "a=1; b=2");
    assert.equal(request.headers.get("x-latin"), "w\xf6rld");
    assert.equal(request.body, null);
  });

  const urls: [target: string, host: string, url: string][] = [
    ["//evil.test/x", "hello.test", "http://hello.test//evil.test/x"],
    ["/\\evil.test", "hello.test", "http://hello.test//evil.test"],
    ["/a/../b", "hello.test", "http://hello.test/b"],
    ["/a/%2e%2E/b", "hello.test", "http://hello.test/b"],
    ["/%2e", "hello.test", "http://hello.test/"],
    ["/@evil.test/", "hello.test", "http://hello.test/@evil.test/"],
    ["/?http://evil.test/", "hello.test", "http://hello.test/?http://evil.test/"],
    ["/x", "", "http://localhost/x"],
    ["*", "hello.test", "http://hello.test/*"],
    ["/", "[2001:db8::1]:81", "http://[2001:db8::1]:81/"],
    ["/", "hello.test:80", "http://hello.test/"],
  ];
  for (const [target, host, url] of urls) {
    test(`target ${target} at "${host}" is ${url}`, async () => {
      assert.equal((await seen({ target, host })).url, url);
    });
  }

  for (const host of ["hello.test:99999", "user@evil.test", "[::1", "a b"]) {
    test(`a host that no URL has is refused with 400: ${host}`, async () => {
      const exchange = await answerFetch(() => assert.fail("the app was called"), { host });
      assert.equal(exchange.status, 400);
      assert.equal(exchange.outcome, "complete");
    });
  }

  for (const method of ["TRACE", "CONNECT", "TRACK", "trace"]) {
    test(`${method}, which no Request can have, is refused with 501`, async () => {
      const exchange = await answerFetch(() => assert.fail("the app was called"), { method });
      assert.equal(exchange.status, 501);
    });
  }

  test("methods of one's own keep their case", async () => {
    assert.equal((await seen({ method: "purge" })).method, "purge");
    assert.equal((await seen({ method: "QUERY" })).method, "QUERY");
  });

  test("its body arrives as it was sent", async () => {
    const body = new FakeBody();
    const { exchange, handled } = startFetch(async (request) => new Response(`got ${await request.text()}`), {
      method: "POST",
      body,
    });
    body.push("one ");
    await new Promise(setImmediate);
    body.push("two");
    body.push(null);
    await handled;
    assert.equal(exchange.text, "got one two");
  });

  test("its body can be read byob, parsed as JSON and as a form", async () => {
    const json = await answerFetch(async (request) => Response.json(await request.json()), {
      method: "POST",
      body: '{"a":1}',
    });
    assert.equal(json.text, '{"a":1}');
    const form = await answerFetch(
      async (request) => new Response(String((await request.formData()).get("a"))),
      {
        method: "POST",
        headers: ["Content-Type", "application/x-www-form-urlencoded"],
        body: "a=b+c",
      },
    );
    assert.equal(form.text, "b c");
    const byob = await answerFetch(
      async (request) => {
        const reader = request.body?.getReader({ mode: "byob" });
        const first = await reader?.read(new Uint8Array(3));
        const rest = await reader?.read(new Uint8Array(100));
        const end = await reader?.read(new Uint8Array(1));
        return new Response(`${first?.value?.length} ${rest?.value?.length} ${end?.done}`);
      },
      { method: "POST", body: "12345" },
    );
    assert.equal(byob.text, "3 2 true");
  });

  test("its body is not taken from the wire before the app reads, nor more than it reads", async () => {
    const body = new FakeBody();
    let reads = 0;
    const counted = {
      length: undefined,
      read: () => {
        reads++;
        return body.read();
      },
      wait: (wake: () => void) => body.wait(wake),
    };
    for (const chunk of ["a", "b", "c"]) body.push(chunk);
    await answerFetch(async () => new Response("unread"), { method: "POST", body: counted });
    assert.equal(reads, 0);
    await answerFetch(
      async (request) => {
        const { value } = (await request.body?.getReader().read()) ?? {};
        return new Response(value);
      },
      { method: "POST", body: counted },
    );
    assert.equal(reads, 1);
  });

  test("the memory of its chunks stays the wire's", async () => {
    const memory = Buffer.from("shared with the next request");
    const body = new FakeBody();
    body.push(memory.subarray(0, 6));
    body.push(null);
    await answerFetch(async (request) => new Response(await request.text()), { method: "POST", body });
    assert.equal(memory.toString(), "shared with the next request");
  });

  test("a body that is cut off is an error to its reader", async () => {
    const body = new FakeBody();
    const { handled } = startFetch(async (request) => new Response(await request.text()), {
      method: "POST",
      body,
    });
    body.push("some");
    body.push(new Error("cut off"));
    await assert.rejects(handled, { message: "cut off" });
  });

  test("GET with a body: the app sees none", async () => {
    assert.equal((await seen({ body: "odd" })).body, null);
  });

  test("its signal, and its clone's, abort when the client goes away", async () => {
    const { promise, resolve } = Promise.withResolvers<Request>();
    const { exchange, handled } = startFetch((request) => {
      resolve(request);
      return new Promise((_, reject) =>
        request.signal.addEventListener("abort", () => reject(request.signal.reason)),
      );
    });
    const request = await promise;
    const signals = [request.signal, request.clone().signal, new Request("http://a.test", request).signal];
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false, false],
    );
    exchange.clientGone();
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, true],
    );
    await assert.rejects(handled, { message: "the client went away" });
    assert.deepEqual(exchange.calls, []);
  });
});

describe("fetch handler: the context", () => {
  test("tells address, scheme and variables; these are made when asked for, once", async () => {
    let context: Context | undefined;
    const exchange = await answerFetch(
      (_, given) => {
        context = given;
        return new Response();
      },
      { remoteAddress: "192.0.2.1", remotePort: 9, scheme: "https", variables: { REMOTE_USER: "anna" } },
    );
    assert.equal(exchange.variablesAsked, 0);
    assert.deepEqual(
      { ...context },
      {
        remoteAddress: "192.0.2.1",
        remotePort: 9,
        scheme: "https",
      },
    );
    assert.equal(context?.variables["REMOTE_USER"], "anna");
    assert.equal(exchange.variablesAsked, 1);
  });
});
