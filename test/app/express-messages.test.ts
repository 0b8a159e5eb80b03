/** An Express app's messages have its prototypes from the start, and nobody can tell but by the time it takes. */
import assert from "node:assert/strict";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { describe, test } from "node:test";
import express from "express";
import { recognise } from "../../src/app/recognise.ts";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";

async function answer(value: unknown, request: FakeRequest = {}): Promise<FakeExchange> {
  const app = await recognise(value);
  assert.ok(app);
  const exchange = new FakeExchange(request);
  await app.handle(exchange);
  return exchange;
}

/** An Express app, and the prototypes that its messages came with. */
function watched(): { app: express.Express; born: unknown[] } {
  const app = express();
  const born: unknown[] = [];
  const { handle } = app as unknown as { handle: (...args: unknown[]) => void };
  Object.assign(app, {
    handle(...args: unknown[]) {
      born.push(Object.getPrototypeOf(args[0]), Object.getPrototypeOf(args[1]));
      handle.apply(app, args);
    },
  });
  app.get("/", (request, response) => {
    assert.ok(request instanceof IncomingMessage);
    assert.ok(response instanceof ServerResponse);
    response.json({ path: request.path, app: request.app === app });
  });
  return { app, born };
}

describe("Express's messages", () => {
  test("are born with the app's prototypes", async () => {
    const { app, born } = watched();
    const exchange = await answer(app);
    assert.deepEqual(JSON.parse(exchange.text), { path: "/", app: true });
    assert.equal(born[0], app.request);
    assert.equal(born[1], app.response);
    assert.deepEqual(exchange.calls, ["respond", "write", "end"]);
  });

  test("in an http.Server of its own too", async () => {
    const { app, born } = watched();
    const exchange = await answer(createServer(app));
    assert.equal(exchange.status, 200);
    assert.equal(born[1], app.response);
  });

  test("not where a server has another listener besides", async () => {
    const { app, born } = watched();
    const server = createServer(app);
    server.on("request", () => {});
    const exchange = await answer(server);
    assert.equal(exchange.status, 200);
    assert.equal(born[1], ServerResponse.prototype);
  });

  test("are node's where the app's do not inherit from node's", async () => {
    const app = (request: IncomingMessage, response: ServerResponse) =>
      void response.end(String(Object.getPrototypeOf(request) === IncomingMessage.prototype));
    const methods = { handle() {}, use() {}, engine() {} };
    const exchange = await answer(Object.assign(app, { ...methods, request: {}, response: {} }));
    assert.equal(exchange.text, "true");
  });

  test("prototypes that the app was given later count", async () => {
    const { app } = watched();
    const made = await recognise(app);
    const later = Object.create(app.response) as express.Response;
    app.response = Object.assign(later, { json: () => later });
    app.get("/later", (_, response) => {
      assert.equal(Object.getPrototypeOf(response), later);
      response.end("later");
    });
    const exchange = new FakeExchange({ target: "/later" });
    await made?.handle(exchange);
    assert.equal(exchange.text, "later");
  });

  test("a mounted app's are changed and changed back", async () => {
    const { app } = watched();
    const mounted = express();
    mounted.get("/a", (request, response, next) => {
      assert.equal(request.app, mounted);
      response.locals["seen"] = Object.getPrototypeOf(response) === mounted.response;
      next();
    });
    app.use("/sub", mounted);
    app.use((request, response) => {
      response.json([request.app === app, response.locals["seen"]]);
    });
    const exchange = await answer(app, { target: "/sub/a" });
    assert.deepEqual(JSON.parse(exchange.text), [true, true]);
  });
});
