import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { Connection } from "../../src/gateway/connection.ts";
import { FastcgiConnection } from "../../src/gateway/fastcgi-connection.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { gatewayServer } from "../support/gateway-server.ts";
import { poll } from "../support/poll.ts";

const BODY = Buffer.alloc(100_000, "a");
const REQUESTS = 300;
const QUESTIONS = 300_000;
/** Bytes that may wait for a client that reads nothing: a few responses, not all. */
const MOST_WAITING = 1024 * 1024;

test("pipelined requests of a client that reads no responses wait", async (t) => {
  const { client, waiting, isPaused } = await begin(
    t,
    (gateway, transport) => new HttpConnection(gateway, transport, http1Limits(4096)),
  );
  client.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(1000)}\r\n\r\n`.repeat(REQUESTS));
  await until(() => isPaused() || waiting() > MOST_WAITING);
  let taken = 0;
  client.on("data", (chunk) => {
    taken += chunk.length;
  });
  client.resume();
  await until(() => taken > REQUESTS * BODY.length);
  assert.ok(waiting() < MOST_WAITING, `${waiting()} bytes waited`);
});

test("questions of a web server that reads no answers wait", async (t) => {
  const { client, waiting, isPaused } = await begin(
    t,
    (gateway, transport) => new FastcgiConnection(gateway, transport),
  );
  const question = Buffer.from("\x01\x09\0\0\0\x10\0\0\x0e\0FCGI_MAX_CONNS", "latin1");
  client.write(Buffer.alloc(question.length * QUESTIONS, question));
  await until(() => isPaused() || waiting() > MOST_WAITING);
  let taken = 0;
  client.on("data", (chunk) => {
    taken += chunk.length;
  });
  client.resume();
  await until(() => taken > QUESTIONS * 24);
  assert.ok(waiting() < MOST_WAITING, `${waiting()} bytes waited`);
});

async function begin(
  t: { after(done: () => Promise<void>): void },
  accept: (gateway: Gateway, transport: Transport) => Connection,
) {
  let most = 0;
  let isPaused = false;
  const { port, close } = await gatewayServer(
    (exchange) => {
      exchange.respond(200, undefined, ["Content-Length", String(BODY.length)]);
      exchange.write(BODY);
      exchange.end();
    },
    (gateway, transport) => {
      for (const name of ["write", "writeAll", "pause"] as const) {
        const original: (...args: never[]) => unknown = transport[name];
        transport[name] = (...args: unknown[]): never => {
          const result = Reflect.apply(original, transport, args);
          most = Math.max(most, transport.unsent);
          if (name === "pause") isPaused = true;
          return result as never;
        };
      }
      return accept(gateway, transport);
    },
  );
  const client = connect(port, "127.0.0.1");
  client.pause();
  await once(client, "connect");
  t.after(async () => {
    client.destroy();
    await close();
  });
  return { client, waiting: () => most, isPaused: () => isPaused };
}

async function until(isSo: () => boolean): Promise<void> {
  await poll(isSo, (seen) => seen);
}
