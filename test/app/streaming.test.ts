/** Large bodies both ways: what waits in between stays small, however slow the one who takes it is. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, test } from "node:test";
import type { App } from "../../src/app/exchange.ts";
import { fetchApp } from "../../src/app/fetch-adapter.ts";
import { nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { EndlessBody, FakeExchange } from "../support/fake-exchange.ts";

const size = 100 * 1024 * 1024;
/** The exchange's own limit, one chunk over it, and what node's streams keep by default. */
const mostWaiting = 512 * 1024;
const chunk = new Uint8Array(65_536);

function download(): AsyncGenerator<Uint8Array> & { made: number } {
  async function* make() {
    for (let sent = 0; sent < size; sent += chunk.length) {
      generator.made += chunk.length;
      yield chunk.slice();
    }
  }
  const generator = Object.assign(make(), { made: 0 });
  return generator;
}

/** Watches, while a test runs, how far what was taken in is ahead of what was let out. */
async function run(app: App, exchange: FakeExchange, ahead: () => number): Promise<void> {
  let most = 0;
  let isOver = false;
  const look = () => {
    most = Math.max(most, ahead());
    if (!isOver) setImmediate(look);
  };
  look();
  await app.handle(exchange);
  isOver = true;
  assert.equal(await exchange.closed, "complete");
  assert.ok(most <= mostWaiting, `${most} bytes waited`);
}

describe("100 MB", () => {
  test("out of a fetch handler", async () => {
    const source = download();
    const app = fetchApp("fetch handler", () => new Response(ReadableStream.from(source)));
    const exchange = new FakeExchange({ highWaterMark: 100_000, forget: true });
    await run(app, exchange, () => source.made - exchange.sent);
    assert.equal(exchange.sent, size);
    assert.ok(exchange.mostWaiting <= 200_000, `${exchange.mostWaiting} bytes waited in the exchange`);
  });

  test("out of a node listener", async () => {
    const source = download();
    const app = nodeListenerApp("node listener", (_, response) => pipeline(Readable.from(source), response));
    const exchange = new FakeExchange({ highWaterMark: 100_000, forget: true });
    // Readable.from counts objects, and holds 16 of them.
    await run(app, exchange, () => source.made - exchange.sent - 16 * chunk.length);
    assert.equal(exchange.sent, size);
    assert.ok(exchange.mostWaiting <= 200_000, `${exchange.mostWaiting} bytes waited in the exchange`);
  });

  test("into a fetch handler", async () => {
    const body = new EndlessBody(size);
    let taken = 0;
    const app = fetchApp("fetch handler", async (request) => {
      for await (const part of request.body ?? []) {
        taken += part.length;
        // Now and then it is slow.
        if (taken % 1_048_576 === 0) await new Promise(setImmediate);
      }
      return new Response(String(taken));
    });
    const exchange = new FakeExchange({ method: "POST", body });
    await run(app, exchange, () => body.given - taken);
    assert.equal(exchange.text, String(size));
  });

  test("into a node listener", async () => {
    const body = new EndlessBody(size);
    let taken = 0;
    const app = nodeListenerApp("node listener", async (request, response) => {
      for await (const part of request) {
        taken += (part as Buffer).length;
        if (taken % 1_048_576 === 0) await new Promise(setImmediate);
      }
      response.end(String(taken));
    });
    const exchange = new FakeExchange({ method: "POST", body });
    await run(app, exchange, () => body.given - taken);
    assert.equal(exchange.text, String(size));
  });

  test("through a fetch handler that gives back what it gets", async () => {
    const body = new EndlessBody(size);
    const app = fetchApp("fetch handler", (request) => new Response(request.body));
    const exchange = new FakeExchange({ method: "POST", body, highWaterMark: 100_000, forget: true });
    await run(app, exchange, () => body.given - exchange.sent);
    assert.equal(exchange.sent, size);
  });

  test("through a node listener that gives back what it gets", async () => {
    const body = new EndlessBody(size);
    const app = nodeListenerApp("node listener", (request, response) => pipeline(request, response));
    const exchange = new FakeExchange({ method: "POST", body, highWaterMark: 100_000, forget: true });
    await run(app, exchange, () => body.given - exchange.sent);
    assert.equal(exchange.sent, size);
  });
});
