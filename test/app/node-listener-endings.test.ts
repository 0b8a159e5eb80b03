/** How exchanges with node listeners end before their time, or seem to. */
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { after, before, describe, test } from "node:test";
import { FakeBody } from "../support/fake-exchange.ts";
import { record, startListener } from "../support/start-listener.ts";

describe("node listener: errors", () => {
  test("a throw leaves the exchange to the gateway", async () => {
    const { exchange, handled } = startListener(() => {
      throw new Error("thrown");
    });
    await assert.rejects(handled, { message: "thrown" });
    assert.deepEqual(exchange.calls, []);
    exchange.respond(500, undefined, []);
  });

  test("a rejection leaves the exchange to the gateway, and the response is destroyed", async () => {
    let response: ServerResponse | undefined;
    const { exchange, handled } = startListener(async (_, res) => {
      response = res;
      await undefined;
      throw new Error("rejected");
    });
    await assert.rejects(handled, { message: "rejected" });
    assert.deepEqual(exchange.calls, []);
    response?.end("too late");
    await new Promise(setImmediate);
    assert.deepEqual(exchange.calls, []);
  });

  test("a throw after the first byte is told, with the response begun", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.writeHead(200);
      response.flushHeaders();
      throw new Error("too late");
    });
    await assert.rejects(handled, { message: "too late" });
    assert.deepEqual(exchange.calls, ["respond"]);
  });

  test("a rejection after the end is told too", async () => {
    const { exchange, handled } = startListener(async (_, response) => {
      response.end("fine");
      await new Promise(setImmediate);
      throw new Error("afterwards");
    });
    await assert.rejects(handled, { message: "afterwards" });
    assert.equal(exchange.outcome, "complete");
  });

  test("a head that the exchange refuses is the app's error, and nothing was sent", async () => {
    const { exchange, handled } = startListener((_, response) => {
      setImmediate(() => response.writeHead(101).end());
    });
    await assert.rejects(handled, { name: "TypeError", message: /Cannot answer 101/ });
    assert.deepEqual(exchange.calls, []);
    exchange.respond(500, undefined, []);
  });

  test("response.destroy and request.destroy cut the connection off", async () => {
    for (const which of ["request", "response"] as const) {
      const { exchange, handled } = startListener(
        (request, response) => {
          response.write("some");
          setImmediate(() => (which === "request" ? request : response).destroy());
        },
        { method: "POST", body: new FakeBody() },
      );
      await handled;
      assert.equal(exchange.outcome, "aborted");
      assert.equal(exchange.calls.at(-1), "abort");
    }
  });

  test("no response at all stays pending until the client goes", async () => {
    const { exchange, handled } = startListener(() => {});
    await new Promise(setImmediate);
    exchange.clientGone();
    await handled;
  });
});

describe("node listener: the client goes away", () => {
  test("while the app works: request and response are told, the socket is destroyed", async () => {
    const { promise, resolve } =
      Promise.withResolvers<[IncomingMessage, ServerResponse, string[], string[]]>();
    const { exchange, handled } = startListener(
      (request, response) => {
        const requestSaw = record(request, ["aborted", "end", "close"]);
        const responseSaw = record(response, ["finish", "close"]);
        resolve([request, response, requestSaw, responseSaw]);
      },
      { method: "POST", body: new FakeBody() },
    );
    const [request, response, requestSaw, responseSaw] = await promise;
    const { socket } = request;
    const closed = [request, response, socket].map(
      (one) => new Promise((resolve) => one.on("close", resolve)),
    );
    exchange.clientGone();
    await handled;
    await Promise.all(closed);
    assert.deepEqual(requestSaw, ["aborted", "close"]);
    assert.deepEqual(responseSaw, ["close"]);
    assert.equal(request.aborted, true);
    assert.equal(socket.destroyed, true);
    assert.equal(response.destroyed, true);
    assert.equal(response.writableFinished, false);
    assert.deepEqual(exchange.calls, [], "an exchange that is over is not aborted again");
  });

  test("while a file is piped: the pipe ends with an error", async () => {
    let failure: NodeJS.ErrnoException | undefined;
    const { exchange, handled } = startListener(
      async (_, response) => {
        async function* endless() {
          for (;;) yield Buffer.alloc(10_000);
        }
        await pipeline(endless, response).catch((error) => {
          failure = error;
        });
      },
      { highWaterMark: 50_000 },
    );
    setTimeout(() => exchange.clientGone(), 5);
    await handled;
    assert.equal(failure?.code, "ERR_STREAM_PREMATURE_CLOSE");
  });

  test("writes after that are harmless", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.write("a");
      setImmediate(() => {
        exchange.clientGone();
        response.write("b");
        response.end("c");
      });
    });
    await handled;
    assert.equal(exchange.text, "a");
  });

  test("after a complete response nobody is told of an abort", async () => {
    let events: string[] = [];
    let socketClosed = false;
    const { handled } = startListener((request, response) => {
      events = record(request, ["aborted", "end", "close"]);
      request.socket.on("close", () => {
        socketClosed = true;
      });
      response.end("whole");
    });
    await handled;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.deepEqual(events, ["end", "close"]);
    assert.equal(socketClosed, true, "those who wait for the socket's end are not left waiting");
  });
});

describe("node listener: timeouts", () => {
  // The timers do not keep a process alive, nor is there a connection here that would.
  let alive: NodeJS.Timeout;
  before(() => {
    alive = setInterval(() => {}, 1000);
  });
  after(() => clearInterval(alive));

  test("response.setTimeout calls back", async () => {
    const { exchange, handled } = startListener((_, response) => {
      response.setTimeout(5, () => response.writeHead(503).end());
    });
    await handled;
    assert.equal(exchange.status, 503);
  });

  test("a timeout that nobody listens for closes the connection", async () => {
    const { exchange, handled } = startListener((request) => {
      request.socket.setTimeout(5);
    });
    await handled;
    assert.equal(exchange.outcome, "aborted");
  });

  test("a response in time stops it", async () => {
    const { exchange, handled } = startListener((request, response) => {
      request.socket.setTimeout(5);
      response.end();
    });
    await handled;
    await new Promise((resolve) => setTimeout(resolve, 15));
    assert.equal(exchange.outcome, "complete");
  });
});
