import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { converse, gatewayServer } from "../support/gateway-server.ts";

/** What the last connection's transport was asked for. */
interface Calls {
  /** How often bytes were handed to the kernel. */
  writes: number;
  /** Bytes. */
  read: number;
  isPaused: boolean;
}

async function serve(t: TestContext, handle: (exchange: Exchange) => void | Promise<void>) {
  const calls: Calls = { writes: 0, read: 0, isPaused: false };
  const server = await gatewayServer(handle, (gateway, transport) => {
    const { write, writeAll, pause } = transport;
    Object.assign(transport, {
      write(part: string | Uint8Array): boolean {
        calls.writes += 1;
        return write.call(transport, part);
      },
      writeAll(parts: readonly (string | Uint8Array)[]): boolean {
        calls.writes += 1;
        return writeAll.call(transport, parts);
      },
      pause(): void {
        calls.isPaused = true;
        pause.call(transport);
      },
    });
    const connection = new HttpConnection(gateway, transport, http1Limits(4096));
    const { arrived } = connection;
    return Object.assign(connection, {
      arrived(chunk: Buffer): void {
        calls.read += chunk.length;
        arrived.call(connection, chunk);
      },
    });
  });
  t.after(() => server.close());
  return { ...server, calls };
}

function requests(count: number): string {
  return Array.from({ length: count }, (_, at) => {
    const last = at === count - 1 ? "Connection: close\r\n" : "";
    return `GET /${at} HTTP/1.1\r\nHost: a\r\n${last}\r\n`;
  }).join("");
}

function respond(exchange: Exchange, body = exchange.request.target): void {
  exchange.respond(200, undefined, ["Content-Length", String(body.length)]);
  exchange.write(Buffer.from(body));
  exchange.end();
}

/** The targets that were echoed, in the order in which they came. */
function echoed(response: string): number[] {
  return [...response.matchAll(/\r\n\r\n\/(\d+)/g)].map(([, at]) => Number(at));
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("pipelined requests", () => {
  const handlers: Record<string, (exchange: Exchange) => void | Promise<void>> = {
    "answered at once": respond,
    "answered after a promise": async (exchange) => {
      await Promise.resolve();
      respond(exchange);
    },
  };
  for (const [name, handle] of Object.entries(handlers)) {
    it(`that come in one packet, ${name}: their answers leave in one write`, async (t) => {
      const { port, calls } = await serve(t, handle);
      const response = await converse(port, requests(50));
      assert.deepEqual(echoed(response), numbers(50));
      // One for the answers, and one to spare for a packet that the kernel divided.
      assert.ok(calls.writes <= 2, `${calls.writes} writes`);
    });
  }

  it("whose answers are large leave without being copied together, in their order", async (t) => {
    const { port, calls } = await serve(t, (exchange) => {
      respond(exchange, exchange.request.target.padEnd(20_000, "x"));
    });
    const response = await converse(port, requests(20));
    assert.deepEqual(echoed(response), numbers(20));
    assert.equal(response.match(/x/g)!.length, 20 * 20_000 - 2 * 10 - 3 * 10);
    assert.ok(calls.writes <= 22, `${calls.writes} writes`);
  });

  it("behind a slow one wait in the kernel, and are answered in their order", async (t) => {
    const release = Promise.withResolvers<void>();
    const begun: string[] = [];
    const { port, calls } = await serve(t, async (exchange) => {
      begun.push(exchange.request.target);
      if (exchange.request.target === "/0") await release.promise;
      respond(exchange);
    });
    const count = 20_000;
    const all = requests(count);
    const client = connect(port, "127.0.0.1");
    t.after(() => client.destroy());
    const received: string[] = [];
    client.setEncoding("latin1").on("data", (data: string) => received.push(data));
    client.write(all);
    // It stops reading, with two reads of 64 kB in the codec; the rest stays with the client and the kernel.
    while (!calls.isPaused) await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(begun, ["/0"]);
    const held = calls.read;
    assert.ok(held < 200_000 && all.length > 600_000, `${held} bytes of ${all.length} were read`);
    release.resolve();
    await once(client, "end");
    client.end();
    assert.deepEqual(echoed(received.join("")), numbers(count));
    assert.ok(calls.writes < count / 20, `${calls.writes} writes`);
  });
});
