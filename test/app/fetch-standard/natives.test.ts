import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { installLightFetch } from "../../../src/app/light-fetch.ts";
import { type BodyInit, standard } from "../../support/fetch-standard.ts";

/** What an app hands on: to `fetch`, to WebAssembly, to node's streams and servers. */

/** A server that says what it was sent, and where to find something else. */
async function withServer(body: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/moved") return response.writeHead(302, { location: "/there" }).end();
    if (request.url === "/never") return;
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.writeHead(201, "Made", { "content-type": "text/x", "x-path": request.url ?? "" });
    response.end(`${request.method} ${request.headers["x-a"] ?? ""} ${await text(request)}`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

describe("fetch", () => {
  standard("of a Request: its method, fields and body", () =>
    withServer(async (origin) => {
      const bodies: BodyInit[] = ["x", Buffer.from("x"), new Blob(["x"]), new Response("x").body!];
      for (const body of bodies) {
        const request = new Request(origin, { method: "PUT", body, duplex: "half", headers: { "X-A": "1" } });
        const response = await fetch(request);
        assert.equal(await response.text(), "PUT 1 x");
        assert.equal(request.bodyUsed, true);
      }
    }),
  );

  standard("of a Request with an init, of a clone, of a subclass", () =>
    withServer(async (origin) => {
      class Own extends Request {}
      const request = new Own(origin, { method: "POST", body: "x" });
      assert.equal(await (await fetch(request.clone(), { headers: { "X-A": "2" } })).text(), "POST 2 x");
      assert.equal(await (await fetch(request, { body: "y", method: "PUT" })).text(), "PUT  y");
      assert.equal(await (await fetch(request)).text(), "POST  x");
      await assert.rejects(fetch(request), TypeError);
      const init = new Request(origin, { method: "DELETE", headers: { "x-a": "3" } });
      assert.equal(await (await fetch(`${origin}/other`, init)).text(), "DELETE 3 ");
    }),
  );

  standard("with Headers, a form, and a Response's body", () =>
    withServer(async (origin) => {
      const headers = new Headers({ "X-A": "4" });
      const form = new URLSearchParams({ a: "b" });
      assert.equal(await (await fetch(origin, { method: "POST", headers, body: form })).text(), "POST 4 a=b");
      const { body } = new Response("streamed");
      const streamed = await fetch(origin, { method: "POST", body: body!, duplex: "half" });
      assert.equal(await streamed.text(), "POST  streamed");
      const multipart = new FormData();
      multipart.append("a", new File(["b"], "c"));
      const sent = await fetch(new Request(origin, { method: "POST", body: multipart }));
      assert.match(await sent.text(), /name="a"; filename="c"/);
    }),
  );

  standard("gives a Response: of the class, with what came", () =>
    withServer(async (origin) => {
      const response = await fetch(`${origin}/a`);
      assert.ok(response instanceof Response && response.headers instanceof Headers);
      assert.deepEqual([response.constructor, response.headers.constructor], [Response, Headers]);
      assert.deepEqual([response.status, response.statusText, response.ok], [201, "Made", true]);
      assert.deepEqual([response.url, response.redirected, response.type], [`${origin}/a`, false, "basic"]);
      assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
      assert.throws(() => response.headers.set("a", "1"), TypeError);
      assert.throws(() => structuredClone(response), { name: "DataCloneError" });
      assert.equal(await Response.prototype.clone.call(response).text(), "GET  ");
      const copy = new Response(response.body, response);
      copy.headers.append("Set-Cookie", "c=3");
      assert.deepEqual([copy.status, copy.statusText, copy.url], [201, "Made", ""]);
      assert.deepEqual(copy.headers.getSetCookie(), ["a=1", "b=2", "c=3"]);
      assert.deepEqual([await copy.text(), response.bodyUsed], ["GET  ", true]);
      assert.equal(new Headers(response.headers).get("x-path"), "/a");
      assert.equal(new Response("x", { headers: response.headers }).headers.get("content-type"), "text/x");
    }),
  );

  standard("follows a redirect, or does not", () =>
    withServer(async (origin) => {
      const followed = await fetch(new Request(`${origin}/moved`));
      assert.deepEqual([followed.redirected, followed.url], [true, `${origin}/there`]);
      await followed.text();
      const manual = await fetch(new Request(`${origin}/moved`, { redirect: "manual" }));
      assert.deepEqual([manual.status, manual.headers.get("location")], [302, "/there"]);
      await manual.body?.cancel();
      await assert.rejects(fetch(new Request(`${origin}/moved`, { redirect: "error" })), TypeError);
    }),
  );

  standard("is aborted by the signal of its Request, and of what that was made of", () =>
    withServer(async (origin) => {
      const reason = new Error("enough");
      await assert.rejects(fetch(new Request(origin, { signal: AbortSignal.abort(reason) })), {
        message: "enough",
      });
      const controller = new AbortController();
      const request = new Request(`${origin}/never`, { signal: controller.signal });
      const all = [fetch(request), fetch(request.clone()), fetch(new Request(request))];
      const given = fetch(new Request(`${origin}/never`), { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      for (const one of [...all, given]) await assert.rejects(one, { message: "enough" });
    }),
  );

  standard("rejects, and does not throw, for what it cannot fetch", async () => {
    const bad = fetch as (...args: unknown[]) => Promise<Response>;
    for (const args of [[], ["/relative"], [Symbol("no")], ["http://a.test/", 5]]) {
      await assert.rejects(bad(...args), TypeError);
    }
    assert.deepEqual([fetch.name, Object.hasOwn(globalThis, "fetch")], ["fetch", true]);
  });

  standard("of a data: URL", async () => {
    const response = await fetch(new Request("data:text/x;charset=utf-8,h%20i"));
    assert.deepEqual(
      [await response.text(), response.headers.get("content-type")],
      ["h i", "text/x;charset=utf-8"],
    );
  });
});

describe("WebAssembly's streaming functions", () => {
  /** An empty module: its magic number and version. */
  const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const wasm = Reflect.get(globalThis, "WebAssembly") as Record<
    "compileStreaming" | "instantiateStreaming",
    (source: unknown) => Promise<object>
  >;
  const typed = { headers: { "content-type": "application/wasm" } };

  standard("take a Response, also promised, of a stream, of a subclass", async () => {
    class Own extends Response {}
    const sources = [
      new Response(bytes, typed),
      Promise.resolve(new Response(bytes, typed)),
      new Response(ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]), typed),
      new Own(bytes, typed),
      fetch(`data:application/wasm;base64,${Buffer.from(bytes).toString("base64")}`),
    ];
    for (const source of sources) {
      const module = await wasm.compileStreaming(source);
      assert.equal(String(module), "[object WebAssembly.Module]");
    }
    const { instance } = (await wasm.instantiateStreaming(new Response(bytes, typed))) as {
      instance: object;
    };
    assert.equal(String(instance), "[object WebAssembly.Instance]");
  });

  standard("refuse another type, status, a body that was read, and what is no Response", async () => {
    const read = new Response(bytes, typed);
    await read.arrayBuffer();
    for (const source of [
      new Response(bytes),
      new Response(bytes, { ...typed, status: 404 }),
      read,
      Promise.reject(new TypeError("mine")),
      bytes,
      {},
      Object.create(Response.prototype),
    ]) {
      await assert.rejects(wasm.compileStreaming(source), TypeError);
    }
  });
});

describe("node's own", () => {
  standard("streams read a body, and feed one", async () => {
    assert.equal(await text(Readable.fromWeb(new Response("x").body as never)), "x");
    assert.equal(await text(new Response("y").body as never), "y");
    const webbed = Readable.toWeb(Readable.from([Buffer.from("z")])) as unknown as BodyInit;
    assert.equal(await new Response(webbed).text(), "z");
    assert.equal(await new Response(Readable.from([Buffer.from("r")]) as unknown as BodyInit).text(), "r");
  });

  standard("http server takes Headers", async () => {
    const server = createServer((_, response) => {
      response.setHeaders(new Headers({ "X-A": "1" }));
      response.end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      assert.equal(response.headers.get("x-a"), "1");
      await response.text();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  standard("URLSearchParams, Map, Object.fromEntries and FormData take Headers as pairs", () => {
    const headers = new Headers({ b: "2", a: "1" });
    assert.equal(String(new URLSearchParams(headers as never)), "a=1&b=2");
    assert.deepEqual(
      new Map(headers),
      new Map([
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    assert.deepEqual(Object.fromEntries(headers.entries()), { a: "1", b: "2" });
  });
});

test("light and native objects are instances of both classes, and strangers of none", async () => {
  const native = { Headers, Request, Response };
  const old = [new Headers(), new Request("http://a.test/"), new Response()] as const;
  const uninstall = installLightFetch();
  try {
    const now = [new Headers(), new Request("http://a.test/"), new Response()] as const;
    for (const [headers, request, response] of [old, now]) {
      assert.ok(headers instanceof Headers && headers instanceof native.Headers);
      assert.ok(request instanceof Request && request instanceof native.Request);
      assert.ok(response instanceof Response && response instanceof native.Response);
      assert.equal(Object.prototype.isPrototypeOf.call(Response.prototype, response), true);
    }
    class Sub extends native.Response {}
    assert.deepEqual([now[2] instanceof Sub, new Sub() instanceof Sub], [false, true]);
    for (const stranger of [{}, null, 5, Object.create(Response.prototype)]) {
      assert.equal(stranger instanceof native.Response, false);
    }
    // Objects that were made before are taken by what came after, and each by the methods of the other.
    assert.equal(new Request(old[1], { method: "PUT" }).method, "PUT");
    assert.equal(new Headers(old[0]).has("a"), false);
    assert.equal(await Response.prototype.text.call(old[2]), "");
    assert.equal(Headers.prototype.get.call(new native.Headers({ a: "1" }), "a"), "1");
    assert.deepEqual([...new native.Headers(new Headers({ a: "1" }))], [["a", "1"]]);
    assert.deepEqual(new native.Response("", new Response("", { status: 404 })).status, 404);
  } finally {
    uninstall();
  }
  assert.equal(Object.getPrototypeOf(native.Response.prototype), Object.prototype);
  assert.deepEqual(Object.getOwnPropertySymbols(native.Response), []);
  assert.deepEqual([Headers, Request, Response], Object.values(native));
});
