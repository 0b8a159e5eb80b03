import assert from "node:assert/strict";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { describeValue, type RecogniseHints, recognise } from "../../src/app/recognise.ts";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";

async function kind(value: unknown, hints?: RecogniseHints): Promise<string | undefined> {
  return (await recognise(value, hints))?.kind;
}

async function answer(
  value: unknown,
  request: FakeRequest = {},
  hints?: RecogniseHints,
): Promise<FakeExchange> {
  const app = await recognise(value, hints);
  assert.ok(app);
  const exchange = new FakeExchange(request);
  await app.handle(exchange);
  await exchange.closed;
  return exchange;
}

/** Made from text, so that no formatter renames or reorders. */
function made(source: string): (...args: never[]) => unknown {
  return new Function(`return (${source})`)();
}

describe("functions are told by their parameters", () => {
  const functions: [source: string, kind: "node listener" | "fetch handler"][] = [
    ["(req, res) => 1", "node listener"],
    ["(request, response) => 1", "node listener"],
    ["(_req, _res) => 1", "node listener"],
    ["(req, rsp) => 1", "node listener"],
    ["(message, reply) => 1", "node listener"],
    ["(a, b) => 1", "node listener"],
    ["(req, res, next) => 1", "node listener"],
    ["((a, b) => 1).bind(null)", "node listener"],
    ["() => 1", "fetch handler"],
    ["request => 1", "fetch handler"],
    ["(request, context) => 1", "fetch handler"],
    ["(request, ctx) => 1", "fetch handler"],
    ["(request, env) => 1", "fetch handler"],
    ["(request, _context) => 1", "fetch handler"],
    ["(request, connInfo) => 1", "fetch handler"],
    ["(request, server) => 1", "fetch handler"],
    ["(request, _) => 1", "fetch handler"],
    ["(request, { remoteAddress }) => 1", "fetch handler"],
    ["(request, context = {}) => 1", "fetch handler"],
    ["((a) => 1).bind(null)", "fetch handler"],
  ];
  for (const [source, expected] of functions) {
    test(`${source} is a ${expected}`, async () => assert.equal(await kind(made(source)), expected));
  }

  test("appInterface wins", async () => {
    assert.equal(await kind(made("(req, res) => 1"), { appInterface: "fetch" }), "fetch handler");
    assert.equal(await kind(made("(request) => 1"), { appInterface: "node" }), "node listener");
    const both = Object.assign(made("(req, res) => 1"), { fetch: () => new Response() });
    assert.equal(await kind(both), "fetch app");
    assert.equal(await kind(both, { appInterface: "node" }), "node listener");
  });

  test("a class is no app", async () => assert.equal(await kind(class App {}), undefined));
});

describe("objects are told by what they can do", () => {
  test("fetch, called with its this", async () => {
    const app = {
      greeting: "hello",
      fetch(_request: Request, context: { remoteAddress: string }) {
        return new Response(`${this.greeting} ${context.remoteAddress}`);
      },
    };
    assert.equal(await kind(app), "fetch app");
    assert.equal((await answer(app, { remoteAddress: "192.0.2.9" })).text, "hello 192.0.2.9");
  });

  test("Hono", async () => {
    const app = new Hono<{ Bindings: { remoteAddress: string } }>();
    app.get("/hello/:name", (context) =>
      context.text(`hello ${context.req.param("name")} at ${context.env.remoteAddress}`),
    );
    app.post("/json", async (context) => context.json(await context.req.json(), 201));
    assert.equal(await kind(app), "Hono");
    assert.equal((await answer(app, { target: "/hello/anna" })).text, "hello anna at 192.0.2.7");
    const posted = await answer(app, { method: "POST", target: "/json", body: "[1]" });
    assert.equal(posted.status, 201);
    assert.equal(posted.text, "[1]");
    assert.equal((await answer(app, { target: "/nowhere" })).status, 404);
  });

  test("Express", async () => {
    const app = express();
    app.get("/", (_request, response) => void response.send("hello from Express"));
    assert.equal(await kind(app), "Express");
    assert.equal((await answer(app)).text, "hello from Express");
    assert.equal((await answer(app, { target: "/nowhere" })).status, 404);
  });

  test("Fastify: made ready, and closed", async () => {
    const app = Fastify();
    const seen: string[] = [];
    app.addHook("onReady", async () => void seen.push("ready"));
    app.addHook("onClose", async () => void seen.push("close"));
    app.get("/", async () => ({ hello: "Fastify" }));
    app.post("/", async (request) => request.body);
    const found = await recognise(app);
    assert.equal(found?.kind, "Fastify");
    assert.deepEqual(seen, ["ready"]);
    assert.equal((await answer(app)).text, '{"hello":"Fastify"}');
    const posted = await answer(app, {
      method: "POST",
      headers: ["Content-Type", "application/json", "Content-Length", "7"],
      body: '{"a":1}',
    });
    assert.equal(posted.text, '{"a":1}');
    await found?.close?.();
    assert.deepEqual(seen, ["ready", "close"]);
  });

  test("Fastify: what a plugin throws is thrown", async () => {
    const app = Fastify();
    app.register(async () => {
      throw new Error("no database");
    });
    await assert.rejects(recognise(app), { message: "no database" });
  });

  test("Koa: the app and its callback", async () => {
    const app = new Koa();
    app.use((context) => {
      context.body = `hello ${context.path} ${context.ip}`;
    });
    assert.equal(await kind(app), "Koa");
    assert.equal((await answer(app, { target: "/koa" })).text, "hello /koa 192.0.2.7");
    assert.equal(await kind(app.callback()), "node listener");
  });

  test("http.Server, with all its listeners", async () => {
    const server = http.createServer((_request, response) => {
      response.setHeader("x-first", "1");
    });
    server.on("request", (_request, response) => response.end("hello from a server"));
    assert.equal(await kind(server), "http.Server");
    const exchange = await answer(server);
    assert.equal(exchange.text, "hello from a server");
    assert.deepEqual(exchange.field("x-first"), ["1"]);
  });

  test("http.Server: what an async listener throws is not lost", async () => {
    const app = await recognise(
      http.createServer(async () => {
        throw new Error("async");
      }),
    );
    await assert.rejects(async () => app?.handle(new FakeExchange()), { message: "async" });
  });

  test("a middleware by itself: next is not found, next(error) the app's error", async () => {
    const middleware = (
      request: IncomingMessage,
      response: ServerResponse,
      next: (error?: unknown) => void,
    ) => {
      if (request.url === "/") response.end("mine");
      else next(request.url === "/error" ? new Error("given on") : undefined);
    };
    assert.equal((await answer(middleware)).text, "mine");
    assert.equal((await answer(middleware, { target: "/other" })).status, 404);
    const app = await recognise(middleware);
    await assert.rejects(async () => app?.handle(new FakeExchange({ target: "/error" })), {
      message: "given on",
    });
  });

  for (const value of [undefined, null, 5, "hello", {}, [], http.createServer(), { fetch: "no function" }]) {
    test(`${describeValue(value)} is no app`, async () => assert.equal(await kind(value), undefined));
  }
});

describe("upgrades", () => {
  const headers = ["Host", "hello.test", "Connection", "Upgrade", "Upgrade", "websocket"];
  function handing() {
    const socket = new PassThrough();
    return { socket, upgrade: () => ({ socket, head: Buffer.from("head") }) };
  }
  type Seen = { url: string | undefined; upgrade: string | undefined; head: string; socket: unknown };

  test("go to the module's handler", async () => {
    const seen: Seen[] = [];
    const handler = (request: IncomingMessage, socket: unknown, head: Buffer) => {
      seen.push({ url: request.url, upgrade: request.headers.upgrade, head: head.toString(), socket });
    };
    const { socket, upgrade } = handing();
    for (const app of [new Hono(), express(), made("(req, res) => 1")]) {
      const found = await recognise(app, { upgrade: handler });
      await found?.handle(new FakeExchange({ target: "/ws", headers, upgrade }));
    }
    assert.deepEqual(seen, Array(3).fill({ url: "/ws", upgrade: "websocket", head: "head", socket }));
  });

  test("go to the upgrade listeners of an http.Server and of Fastify's", async () => {
    const { socket, upgrade } = handing();
    const server = http.createServer((_request, response) => response.end("plain"));
    const fastify = Fastify();
    for (const [app, emitter] of [
      [server, server],
      [fastify, fastify.server],
    ] as const) {
      const found = await recognise(app);
      // A listener may come later than the app.
      const upgraded = new Promise<unknown[]>((resolve) => emitter.on("upgrade", (...all) => resolve(all)));
      await found?.handle(new FakeExchange({ headers, upgrade }));
      const [request, given, head] = await upgraded;
      assert.ok(request instanceof http.IncomingMessage);
      assert.equal(given, socket);
      assert.equal(String(head), "head");
    }
  });

  test("without a handler, a wire that can, or an Upgrade field: an ordinary request", async () => {
    const { upgrade } = handing();
    const plain = http.createServer((_request, response) => response.end("plain"));
    assert.equal((await answer(plain, { headers, upgrade })).text, "plain");
    const handler = () => assert.fail("upgraded");
    assert.equal((await answer(plain, { headers }, { upgrade: handler })).text, "plain");
    assert.equal((await answer(plain, { upgrade }, { upgrade: handler })).text, "plain");
  });

  test("a handler that fails closes the connection and is told", async () => {
    const { socket, upgrade } = handing();
    const app = await recognise(new Hono(), {
      upgrade: async () => {
        throw new Error("no websockets today");
      },
    });
    const exchange = new FakeExchange({ headers, upgrade });
    await assert.rejects(async () => app?.handle(exchange), { message: "no websockets today" });
    assert.equal(socket.destroyed, true);
  });
});
