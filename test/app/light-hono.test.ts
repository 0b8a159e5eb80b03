import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { stream, streamSSE } from "hono/streaming";
import { fetchApp } from "../../src/app/fetch-adapter.ts";
import type { FetchHandler } from "../../src/app/interface.ts";
import { installLightFetch } from "../../src/app/light-fetch.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { type GatewayServer, gatewayServer } from "../support/gateway-server.ts";

// The light classes as a framework uses them, over HTTP; the client is node's own fetch.
const client = globalThis.fetch;
const uninstall = installLightFetch();

class Own extends Response {
  constructor(text: string) {
    super(text, { status: 222, headers: { "x-own": "1" } });
  }
}

function app(): FetchHandler {
  const hono = new Hono();
  hono.post("/clone", async (c) => {
    const copy = c.req.raw.clone();
    return c.json([await copy.text(), await c.req.text(), c.req.raw.bodyUsed]);
  });
  hono.post("/form", async (c) => {
    const file = (await c.req.parseBody())["file"] as File;
    return c.json([file.name, file.type, await file.text()]);
  });
  hono.post("/echo", (c) => c.body(c.req.raw.body as never));
  hono.post("/forward", (c) =>
    client(new URL("/echo", c.req.url), { method: "POST", body: c.req.raw.body!, duplex: "half" }),
  );
  hono.post("/request", async (c) => new Response(await new Request(c.req.raw, { headers: {} }).text()));
  hono.get("/stream", (c) =>
    stream(c, async (out) => {
      for (const part of ["a", "b"]) {
        await out.write(part);
        await out.sleep(1);
      }
    }),
  );
  hono.get("/events", (c) => streamSSE(c, (out) => out.writeSSE({ data: "1", event: "one" })));
  hono.get("/nothing", () => new Response(null, { status: 204 }));
  hono.get("/cookies", (c) => {
    setCookie(c, "a", "1", { httpOnly: true });
    setCookie(c, "b", "2");
    deleteCookie(c, "c");
    return c.json(getCookie(c));
  });
  hono.get("/json", () => Response.json({ a: 1 }, { status: 201 }));
  hono.get("/redirect", (c) => Response.redirect(new URL("/there", c.req.url), 307));
  hono.get("/own", () => new Own("own"));
  hono.get("/fetched", async () => {
    const fetched = await fetch("data:text/x,fetched");
    return new Response(fetched.body, fetched);
  });
  hono.use("/wrapped", async (c, next) => {
    await next();
    c.res = new Response(c.res.body, c.res);
    c.res.headers.append("Set-Cookie", "w=1");
  });
  hono.get("/wrapped", (c: Context) => c.text("wrapped", 200, { "Set-Cookie": "v=1" }));
  const once = new Response("once");
  hono.get("/once", () => once);
  hono.get("/cut", () => {
    let sent = 0;
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      if (sent++ === 0) controller.enqueue(Buffer.from("some"));
      else controller.error(new Error("mine"));
    };
    return new Response(new ReadableStream({ pull }));
  });
  return hono.fetch as FetchHandler;
}

describe("Hono over HTTP on the light classes", () => {
  let server: GatewayServer;
  before(async () => {
    const { handle } = fetchApp("fetch handler", app());
    server = await gatewayServer(
      handle,
      (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(8192)),
    );
  });
  after(async () => {
    await server.close();
    uninstall();
  });
  const ask = (path: string, init: Parameters<typeof fetch>[1] = {}) =>
    client(`http://127.0.0.1:${server.port}${path}`, { ...init, signal: AbortSignal.timeout(20_000) });
  const post = (path: string, body: string | FormData) => ask(path, { method: "POST", body });

  test("a request's clone, form, stream, and what is made of them", async () => {
    assert.deepEqual(await (await post("/clone", "x")).json(), ["x", "x", true]);
    const form = new FormData();
    form.append("file", new File(["in it"], "n.txt", { type: "text/x" }));
    assert.deepEqual(await (await post("/form", form)).json(), ["n.txt", "text/x", "in it"]);
    const long = "long ".repeat(50_000);
    for (const path of ["/echo", "/forward", "/request"]) {
      assert.equal(await (await post(path, long)).text(), long, path);
    }
  });

  test("streams, server-sent events, no body", async () => {
    assert.equal(await (await ask("/stream")).text(), "ab");
    const events = await ask("/events");
    assert.equal(events.headers.get("content-type"), "text/event-stream");
    assert.equal(await events.text(), "event: one\ndata: 1\n\n");
    assert.equal((await ask("/nothing")).status, 204);
  });

  test("cookies, JSON, a redirect, a subclass, what was fetched, what a middleware wraps", async () => {
    const cookies = await ask("/cookies", { headers: { cookie: "q=1; r=2" } });
    assert.deepEqual(await cookies.json(), { q: "1", r: "2" });
    assert.deepEqual(
      cookies.headers.getSetCookie().map((cookie) => cookie.split(";")[0]),
      ["a=1", "b=2", "c="],
    );
    const json = await ask("/json");
    assert.deepEqual([json.status, await json.json()], [201, { a: 1 }]);
    const redirect = await ask("/redirect", { redirect: "manual" });
    assert.deepEqual(
      [redirect.status, redirect.headers.get("location")],
      [307, `http://127.0.0.1:${server.port}/there`],
    );
    const own = await ask("/own");
    assert.deepEqual([own.status, own.headers.get("x-own"), await own.text()], [222, "1", "own"]);
    const fetched = await ask("/fetched");
    assert.deepEqual([fetched.headers.get("content-type"), await fetched.text()], ["text/x", "fetched"]);
    const wrapped = await ask("/wrapped");
    assert.deepEqual([wrapped.headers.getSetCookie(), await wrapped.text()], [["v=1", "w=1"], "wrapped"]);
  });

  test("a Response given twice is a 500; one whose stream fails is cut off", async () => {
    assert.equal(await (await ask("/once")).text(), "once");
    assert.equal((await ask("/once")).status, 500);
    const cut = await ask("/cut");
    assert.equal(cut.status, 200);
    await assert.rejects(cut.text());
  });
});
