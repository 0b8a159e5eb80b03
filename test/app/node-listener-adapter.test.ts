import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { FakeBody } from "../support/fake-exchange.ts";
import { record, startListener } from "../support/start-listener.ts";

describe("node listener: the response", () => {
  test("is one respond, one write and one end, in the turn it was made in", () => {
    const { exchange } = startListener((_, response) => response.setHeader("x-a", "1").end("hello"));
    assert.deepEqual(exchange.calls, ["respond", "write", "end"]);
    assert.deepEqual(exchange.headers, ["x-a", "1", "Content-Length", "5"]);
  });

  test("leaves its socket as it is on a kept connection", async () => {
    let socket: Socket | undefined;
    const { handled } = startListener((request, response) => {
      ({ socket } = request);
      response.end("whole");
    });
    await handled;
    await new Promise(setImmediate);
    assert.equal(socket?.destroyed, false);
  });

  test("has no field that node adds for the connection's sake", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.write("a");
      response.end("b");
    });
    await handled;
    assert.deepEqual(exchange.headers, []);
  });

  test("has a Content-Length for a client of HTTP/1.0 too", async () => {
    const { exchange, handled } = startListener((request, response) => response.end(request.httpVersion), {
      httpVersion: "1.0",
    });
    await handled;
    assert.deepEqual(exchange.headers, ["Content-Length", "3"]);
    assert.equal(exchange.text, "1.0");
  });

  test("1xx responses come before it, each by itself", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.writeContinue();
      response.writeProcessing();
      response.writeEarlyHints({ link: "</a.css>; rel=preload", "x-hint": "1" });
      response.end("done");
    });
    await handled;
    assert.deepEqual(exchange.informed, [
      { status: 100, headers: [] },
      { status: 102, headers: [] },
      { status: 103, headers: ["Link", "</a.css>; rel=preload", "x-hint", "1"] },
    ]);
    assert.deepEqual(exchange.calls, ["inform", "inform", "inform", "respond", "write", "end"]);
  });

  test("a body that looks like a head is a body", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.write("HTTP/1.1 103 Early Hints\r\n\r\n");
      response.end("HTTP/1.1 200 OK\r\n\r\n");
    });
    await handled;
    assert.deepEqual(exchange.calls, ["respond", "write", "end"]);
    assert.equal(exchange.text, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  });

  test("flushHeaders sends the head without waiting for the body", async () => {
    const { exchange } = startListener((_, response) => response.flushHeaders());
    assert.deepEqual(exchange.calls, ["respond"]);
    exchange.clientGone();
  });

  test("the body waits while the exchange is full, and drain is told", async () => {
    let drains = 0;
    const { exchange, handled } = startListener(
      async (_, response) => {
        for (let round = 0; round < 20; round++) {
          if (!response.write(Buffer.alloc(50_000))) {
            assert.equal(response.writableNeedDrain, true);
            await once(response, "drain");
            assert.equal(response.writableNeedDrain, false);
            drains++;
          }
        }
        response.end();
      },
      { highWaterMark: 100_000 },
    );
    await handled;
    assert.equal(exchange.sent, 1_000_000);
    assert.ok(drains > 5, `${drains} drains`);
    assert.ok(exchange.mostWaiting <= 150_000, `${exchange.mostWaiting} bytes waited`);
  });

  test("end while bytes wait: the exchange ends after the last of them", async () => {
    const { exchange, handled } = startListener(
      (_, response) => {
        for (let round = 0; round < 10; round++) response.write(Buffer.alloc(50_000));
        response.end("last");
      },
      { highWaterMark: 1000 },
    );
    await handled;
    assert.equal(exchange.sent, 500_004);
    assert.equal(exchange.calls.at(-1), "end");
  });
});

describe("node listener: the request", () => {
  test("its socket tells the client's address", async () => {
    const { exchange, handled } = startListener(
      ({ socket }, response) => {
        const { remoteAddress, remotePort, remoteFamily } = socket;
        response.end(
          JSON.stringify({
            remoteAddress,
            remotePort,
            remoteFamily,
            encrypted: "encrypted" in socket && socket.encrypted,
          }),
        );
      },
      { remoteAddress: "2001:db8::1", remotePort: 99, scheme: "https" },
    );
    await handled;
    assert.deepEqual(JSON.parse(exchange.text), {
      remoteAddress: "2001:db8::1",
      remotePort: 99,
      remoteFamily: "IPv6",
      encrypted: true,
    });
  });

  test("an address that is not known is undefined, as on a unix socket", async () => {
    const { exchange, handled } = startListener(
      ({ socket }, response) => response.end(String(socket.remoteAddress)),
      { remoteAddress: "" },
    );
    await handled;
    assert.equal(exchange.text, "undefined");
  });

  test("its socket has net.Socket's methods", async () => {
    const { handled } = startListener(({ socket }, response) => {
      assert.equal(socket.setNoDelay().setKeepAlive(true).ref().unref().setTimeout(0), socket);
      assert.deepEqual(socket.address(), {});
      response.end();
    });
    await handled;
  });

  test("its body is not touched before the app reads", async () => {
    const body = new FakeBody();
    let reads = 0;
    const { exchange, handled } = startListener((_, response) => response.end("unread"), {
      method: "POST",
      body: {
        length: 5,
        read: () => {
          reads++;
          return body.read();
        },
        wait: (wake) => body.wait(wake),
      },
    });
    await handled;
    assert.equal(reads, 0);
    assert.equal(exchange.text, "unread");
  });

  test("its body arrives in pieces, and may be paused", async () => {
    const body = new FakeBody();
    const { exchange, handled } = startListener(
      async (request, response) => {
        request.setEncoding("utf8");
        const parts: string[] = [];
        for await (const part of request) parts.push(part as string);
        response.end(parts.join("|"));
      },
      { method: "POST", body },
    );
    body.push("a");
    await new Promise(setImmediate);
    body.push("b");
    await new Promise(setImmediate);
    body.push(null);
    await handled;
    assert.equal(exchange.text, "a|b");
  });

  test("a body that is cut off destroys it with ECONNRESET", async () => {
    const body = new FakeBody();
    const { exchange, handled } = startListener(
      async (request, response) => {
        const seen = record(request, ["aborted", "end", "close"]);
        const failed = once(request, "error").then(([error]) => error);
        request.resume();
        body.push("some");
        body.push(new Error("cut"));
        const error = await failed;
        assert.equal(error.code, "ECONNRESET");
        assert.equal(request.complete, false);
        await new Promise(setImmediate);
        assert.deepEqual(seen, ["aborted", "close"]);
        assert.equal(response.destroyed, true);
      },
      { method: "POST", body },
    );
    await handled;
    assert.equal(exchange.outcome, "aborted");
  });
});
