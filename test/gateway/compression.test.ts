import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { brotliDecompressSync, constants, gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressing } from "../../src/app/compression.ts";
import type { Exchange } from "../../src/app/exchange.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { converse, gatewayServer } from "../support/gateway-server.ts";

const text = "a line of text, again and again\n".repeat(2_000);
const html = ["Content-Type", "text/html"];

async function serve(t: TestContext, handle: (exchange: Exchange) => void | Promise<void>) {
  const app = compressing({ kind: "test", handle }, () => true);
  const server = await gatewayServer(
    (exchange) => app.handle(exchange),
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(4096)),
  );
  t.after(() => server.close());
  return server;
}

function request(accepted: string, method = "GET", version = "1.1"): string {
  return `${method} / HTTP/${version}\r\nHost: a\r\nAccept-Encoding: ${accepted}\r\nConnection: close\r\n\r\n`;
}

/** The head, and the body without its chunks. */
function taken(response: string): { head: string; body: Buffer; whole: boolean } {
  const end = response.indexOf("\r\n\r\n") + 4;
  const head = response.slice(0, end);
  let rest = response.slice(end);
  if (!/transfer-encoding: chunked/i.test(head))
    return { head, body: Buffer.from(rest, "latin1"), whole: true };
  let body = "";
  for (;;) {
    const [line, size] = /^([0-9a-f]+)\r\n/.exec(rest) ?? [];
    if (line === undefined) return { head, body: Buffer.from(body, "latin1"), whole: false };
    const length = Number.parseInt(size!, 16);
    if (length === 0) return { head, body: Buffer.from(body, "latin1"), whole: true };
    body += rest.slice(line.length, line.length + length);
    rest = rest.slice(line.length + length + 2);
  }
}

const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

describe("compressed responses", () => {
  for (const [coding, decode] of Object.entries(decoders)) {
    it(`in ${coding}, in one piece and in several, with keep-alive and without`, async (t) => {
      const { port } = await serve(t, (exchange) => {
        exchange.respond(200, undefined, [...html, "Content-Length", String(text.length), "ETag", '"a"']);
        for (let at = 0; at < text.length; at += 10_000)
          exchange.write(Buffer.from(text.slice(at, at + 10_000)));
        exchange.end();
      });
      const { head, body, whole } = taken(await converse(port, request(coding)));
      assert.match(head, new RegExp(`Content-Encoding: ${coding}\r\n`));
      assert.match(head, /Vary: Accept-Encoding\r\n/);
      assert.match(head, /ETag: W\/"a"\r\n/);
      assert.doesNotMatch(head, /Content-Length/);
      assert.ok(whole);
      assert.ok(body.length < text.length / 20, `${body.length} bytes`);
      assert.equal(decode(body).toString(), text);
      const old = taken(await converse(port, request(coding, "GET", "1.0")));
      assert.equal(decode(old.body).toString(), text);
      const head1 = await converse(port, request(coding, "HEAD"));
      assert.match(head1, new RegExp(`Content-Encoding: ${coding}\r\n`));
      assert.match(head1, /\r\n\r\n$/);
    });
  }

  it("in their order when requests are pipelined", async (t) => {
    let count = 0;
    const { port } = await serve(t, (exchange) => {
      count += 1;
      exchange.respond(200, undefined, html);
      exchange.write(Buffer.from(`${count}${text}`));
      exchange.end();
    });
    const kept = request("gzip").replace("Connection: close\r\n", "");
    const all = await converse(port, kept + kept + request("gzip"));
    const responses = all.split(/(?=HTTP\/1\.1 200)/).map((one) => gunzipSync(taken(one).body).toString());
    assert.deepEqual(
      responses.map((one) => one.slice(0, 3)),
      ["1a ", "2a ", "3a "],
    );
  });

  it("not for a client that does not ask", async (t) => {
    const { port } = await serve(t, (exchange) => {
      exchange.respond(200, undefined, [...html, "Content-Length", String(text.length)]);
      exchange.write(Buffer.from(text));
      exchange.end();
    });
    const { head, body } = taken(await converse(port, request("identity")));
    assert.match(head, /Content-Length: 64000\r\n/);
    assert.match(head, /Vary: Accept-Encoding\r\n/);
    assert.equal(body.toString(), text);
  });

  it("each event when it is written", async (t) => {
    let next = (): void => {};
    const { port } = await serve(t, async (exchange) => {
      exchange.respond(200, undefined, ["Content-Type", "text/event-stream"]);
      for (const event of ["first", "second", "third"]) {
        exchange.write(Buffer.from(`data: ${event}\n\n`));
        await new Promise<void>((resolve) => {
          next = resolve;
        });
      }
      exchange.end();
    });
    for (const coding of ["gzip", "br", "zstd"]) {
      const socket = connect(port, "127.0.0.1", () => void socket.write(request(coding)));
      let received = "";
      socket.setEncoding("latin1").on("data", (data: string) => (received += data));
      // What has come of each is decoded by itself: nothing of it waits for the next.
      for (const event of ["first", "second", "third"]) {
        while (!decodedSoFar(coding, taken(received).body).includes(event)) await once(socket, "data");
        next();
      }
      await once(socket, "end");
      assert.ok(taken(received).whole);
      socket.destroy();
    }
  });

  it("cut off where the app fails, sends too little, or too much", async (t) => {
    const endings: Record<string, (exchange: Exchange) => void> = {
      "/throws": () => {
        throw new Error("broken");
      },
      "/aborts": (exchange) => exchange.abort(),
      "/less": (exchange) => exchange.end(),
      "/more": (exchange) => {
        exchange.write(Buffer.alloc(200_000));
        exchange.end();
      },
    };
    const { port } = await serve(t, async (exchange) => {
      const { target } = exchange.request;
      exchange.respond(200, undefined, target === "/throws" ? html : [...html, "Content-Length", "100000"]);
      exchange.write(Buffer.from(text));
      await new Promise((resolve) => setImmediate(resolve));
      endings[target]!(exchange);
    });
    for (const target of Object.keys(endings)) {
      const response = await converse(port, request("gzip").replace("GET /", `GET ${target}`));
      assert.ok(!taken(response).whole, target);
    }
  });

  it("whole where the app throws after its end", async (t) => {
    const { port } = await serve(t, (exchange) => {
      exchange.respond(200, undefined, html);
      exchange.write(Buffer.from(text));
      exchange.end();
      throw new Error("too late");
    });
    const { body, whole } = taken(await converse(port, request("gzip")));
    assert.ok(whole);
    assert.equal(gunzipSync(body).toString(), text);
  });

  it("no faster than the client takes them, and no further when it goes", async (t) => {
    let written = 0;
    let closed: (outcome: string) => void = () => {};
    const outcome = new Promise<string>((resolve) => {
      closed = resolve;
    });
    const stalled = Promise.withResolvers<void>();
    const chunk = randomBytes(65_536);
    const { port, gateway } = await serve(t, async (exchange) => {
      exchange.onClose(closed);
      exchange.respond(200, undefined, html);
      while (!exchange.ended && written < 200_000_000) {
        written += chunk.length;
        if (exchange.write(chunk)) continue;
        const timer = setTimeout(stalled.resolve, 1_000);
        await new Promise<void>((resolve) => exchange.drained(resolve));
        clearTimeout(timer);
      }
    });
    const socket = connect(port, "127.0.0.1", () => void socket.write(request("gzip")));
    socket.pause();
    // It takes none for a second: so it waits.
    await stalled.promise;
    assert.ok(written < 30_000_000, `${written} bytes were taken from the app`);
    socket.destroy();
    assert.equal(await outcome, "aborted");
    while (gateway.inFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("so many at a time, and as they are beyond that", async (t) => {
    const waiting: Exchange[] = [];
    const all = Promise.withResolvers<void>();
    const { port } = await serve(t, (exchange) => {
      exchange.respond(200, undefined, html);
      exchange.write(Buffer.from(text));
      waiting.push(exchange);
      if (waiting.length === 130) all.resolve();
    });
    const responses = Array.from({ length: 130 }, () => converse(port, request("gzip")));
    await all.promise;
    for (const exchange of waiting) exchange.end();
    const heads = (await Promise.all(responses)).map((response) => taken(response).head);
    assert.equal(heads.filter((head) => head.includes("Content-Encoding: gzip")).length, 128);
    const [after] = [await Promise.all([converse(port, request("gzip")), endNext(waiting, 130)])].flat();
    assert.match(String(after), /Content-Encoding: gzip/);
  });
});

async function endNext(waiting: Exchange[], at: number): Promise<void> {
  while (waiting.length <= at) await new Promise((resolve) => setImmediate(resolve));
  waiting[at]!.end();
}

/** As much of an unfinished body as there is. */
function decodedSoFar(coding: string, body: Buffer): string {
  if (body.length === 0) return "";
  const finishFlush = {
    gzip: constants.Z_SYNC_FLUSH,
    br: constants.BROTLI_OPERATION_FLUSH,
    zstd: constants.ZSTD_e_flush,
  }[coding]!;
  return decoders[coding as keyof typeof decoders](body, { finishFlush }).toString();
}
