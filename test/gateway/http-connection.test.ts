import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { BODY_HIGH_WATER } from "../../src/gateway/body-queue.ts";
import type { GatewayOptions } from "../../src/gateway/gateway.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { converse, gatewayServer } from "../support/gateway-server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

async function serve(
  t: TestContext,
  handle: (exchange: Exchange) => void | Promise<void>,
  options: Partial<GatewayOptions> = {},
) {
  const server = await gatewayServer(
    handle,
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(4096)),
    options,
  );
  t.after(() => server.close());
  return server;
}

function text(exchange: Exchange, body: string, headers: string[] = []): void {
  exchange.respond(200, undefined, ["Content-Length", String(Buffer.byteLength(body)), ...headers]);
  exchange.write(Buffer.from(body));
  exchange.end();
}

/** Reads the whole body, as an app does. */
async function bodyOf(exchange: Exchange): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const chunk = exchange.body?.read() ?? (exchange.body === null ? null : exchange.body.read());
    if (chunk === null) return Buffer.concat(parts);
    if (chunk) parts.push(chunk);
    else await new Promise<void>((resolve) => exchange.body!.wait(resolve));
  }
}

const withoutDate = (response: string): string => response.replaceAll(/Date: [^\r]+\r\n/g, "");

describe("responses over HTTP/1.1", () => {
  it("with Content-Length keep the connection, without are chunked", async (t) => {
    const { port } = await serve(t, (exchange) => {
      if (exchange.request.target === "/last") return text(exchange, "bye");
      exchange.respond(200, undefined, []);
      exchange.write(Buffer.from("one"));
      exchange.write(Buffer.from("three"));
      exchange.end();
    });
    assert.equal(
      withoutDate(await converse(port, GET + LAST)),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n" +
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbye",
    );
  });

  it("to HTTP/1.0 end with the connection", async (t) => {
    const { port } = await serve(t, (exchange) => {
      exchange.respond(200, undefined, []);
      exchange.write(Buffer.from("all"));
      exchange.end();
    });
    assert.equal(
      withoutDate(await converse(port, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")),
      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall",
    );
  });

  it("to HEAD, 204 and 304 have no body, whatever the app writes", async (t) => {
    const { port } = await serve(t, (exchange) => {
      const status = Number(exchange.request.target.slice(1)) || 200;
      exchange.respond(status, undefined, status === 200 ? ["Content-Length", "4"] : []);
      exchange.write(Buffer.from("body"));
      exchange.end();
    });
    const requests = ["HEAD / ", "GET /204 ", "GET /304 "]
      .map((line) => `${line}HTTP/1.1\r\nHost: a\r\n\r\n`)
      .join("");
    const answer = withoutDate(
      await converse(port, `${requests}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`),
    );
    assert.equal(
      answer,
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" +
        "HTTP/1.1 204 No Content\r\n\r\n" +
        "HTTP/1.1 304 Not Modified\r\n\r\n" +
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
    );
  });

  it("are sent in the order of pipelined requests, however late each is", async (t) => {
    const waiting: (() => void)[] = [];
    const { port } = await serve(t, async (exchange) => {
      if (exchange.request.target === "/last") return text(exchange, "last");
      setImmediate(() => waiting.shift()?.());
      await new Promise<void>((resolve) => waiting.push(resolve));
      text(exchange, "first");
    });
    const bodies = (await converse(port, GET + LAST)).match(/first|last/g);
    assert.deepEqual(bodies, ["first", "last"]);
  });

  it("that fall short of their Content-Length, or go beyond, are cut off and not sent as whole", async (t) => {
    const { port } = await serve(t, (exchange) => {
      exchange.respond(200, undefined, ["Content-Length", "5"]);
      exchange.write(Buffer.from(exchange.request.target === "/" ? "1234" : "123456"));
      exchange.end();
    });
    assert.match(await converse(port, GET), /\r\n\r\n1234$/);
    assert.doesNotMatch(await converse(port, LAST), /123456/);
  });

  it("cannot be split by what an app puts into a header", async (t) => {
    const { port, lines } = await serve(t, (exchange) =>
      text(exchange, "x", ["X-Name", "a\r\nSet-Cookie: stolen=1"]),
    );
    const answer = await converse(port, LAST);
    assert.match(answer, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(answer, /stolen/);
    assert.match(lines.log.join("\n"), /x-name/i);
  });

  it("carry none of the app's hop-by-hop fields", async (t) => {
    const { port } = await serve(t, (exchange) =>
      text(exchange, "x", [
        "Transfer-Encoding",
        "chunked",
        "Keep-Alive",
        "timeout=9",
        "Connection",
        "X-Hop",
        "Upgrade",
        "h2c",
      ]),
    );
    assert.equal(
      withoutDate(await converse(port, LAST)),
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
    );
  });
});

describe("request bodies over HTTP/1.1", () => {
  it("are read whole, by length and in chunks", async (t) => {
    const { port } = await serve(t, async (exchange) => text(exchange, (await bodyOf(exchange)).toString()));
    const answer = await converse(
      port,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nwor\r\n2\r\nld\r\n0\r\n\r\n",
    );
    assert.match(answer, /\r\n\r\nhelloHTTP[\s\S]*\r\n\r\nworld$/);
  });

  it("are asked for with 100 Continue only when the app reads them", async (t) => {
    const { port } = await serve(t, async (exchange) => {
      if (exchange.request.target === "/refuse") return text(exchange, "no");
      text(exchange, (await bodyOf(exchange)).toString());
    });
    const head = (target: string) =>
      `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`;
    const socket = connect(port, "127.0.0.1").setEncoding("latin1");
    socket.write(head("/take"));
    assert.equal((await once(socket, "data"))[0], "HTTP/1.1 100 Continue\r\n\r\n");
    socket.write("ok");
    assert.match((await once(socket, "data"))[0], /\r\n\r\nok$/);
    socket.destroy();
    const refused = await converse(port, head("/refuse"));
    assert.match(refused, /^HTTP\/1\.1 200 [\s\S]*Connection: close\r\n\r\nno$/);
  });

  it("that the app does not read are thrown away when little, and end the connection when much", async (t) => {
    const { port } = await serve(t, (exchange) => text(exchange, "done"));
    const little = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${"x".repeat(1000)}`;
    assert.equal((await converse(port, little + LAST)).match(/done/g)?.length, 2);
    const much = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 600000\r\n\r\n${"x".repeat(600_000)}`;
    assert.equal((await converse(port, much + LAST)).match(/done/g)?.length, 1);
  });

  it("over limit-post are refused with 413, declared or not", async (t) => {
    const { port } = await serve(t, async (exchange) => text(exchange, (await bodyOf(exchange)).toString()), {
      limitPost: 4,
    });
    const declared = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345";
    assert.match(await converse(port, declared), /^HTTP\/1\.1 413 Content Too Large\r\n/);
    const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n";
    assert.match(await converse(port, chunked), /^HTTP\/1\.1 413 Content Too Large\r\n/);
  });

  it("stop the sender when the app does not read", async (t) => {
    let exchange: Exchange | undefined;
    const taken = Promise.withResolvers<void>();
    const { port } = await serve(t, async (given) => {
      exchange = given;
      await taken.promise;
      text(given, String((await bodyOf(given)).length));
    });
    const size = 64 * 1024 * 1024;
    const socket = connect(port, "127.0.0.1").setEncoding("latin1");
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`);
    socket.write(Buffer.alloc(size, "x"));
    const held = (): number => (exchange?.body as { size: number } | undefined)?.size ?? 0;
    while (held() < BODY_HIGH_WATER) await new Promise(setImmediate);
    for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate);
    assert.ok(held() < 4 * BODY_HIGH_WATER, `the gateway holds ${held()} bytes`);
    taken.resolve();
    let answer = "";
    socket.on("data", (data: string) => {
      answer += data;
    });
    await once(socket, "close");
    assert.match(answer, new RegExp(`\\r\\n\\r\\n${size}$`));
  });
});

describe("what cannot be taken over HTTP/1.1", () => {
  it("is refused with its status, and the connection ends", async (t) => {
    const { port } = await serve(t, (exchange) => text(exchange, "taken"));
    const cases = {
      "GET / HTTP/1.1\r\n\r\n": "400",
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n": "505",
      [`GET /${"x".repeat(9000)} HTTP/1.1\r\n`]: "414",
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(5000)}\r\n\r\n`]: "431",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n": "400",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n": "501",
    };
    for (const [bytes, status] of Object.entries(cases)) {
      const answer = await converse(port, bytes, GET);
      assert.ok(
        answer.startsWith(`HTTP/1.1 ${status} `),
        `${status} for ${bytes.slice(0, 60)}: got ${answer}`,
      );
      assert.doesNotMatch(answer, /taken/);
    }
  });

  it("is logged with the reason, also when the head was whole and its body was not chunks", async (t) => {
    const { port, lines } = await serve(t, (exchange) => text(exchange, "taken"));
    const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert.match(await converse(port, `${head}five\r\n`), /^HTTP\/1\.1 400 /);
    assert.equal(lines.log.length, 1);
    assert.match(lines.log[0]!, /^refused a request with 400: /);
  });

  it("slow senders of a head get 408, idle connections are closed, by the gateway's clock", async (t) => {
    const { port, gateway } = await serve(t, (exchange) => text(exchange, "x"));
    const slow = connect(port, "127.0.0.1").setEncoding("latin1");
    const idle = connect(port, "127.0.0.1");
    idle.resume();
    slow.write("GET / HT");
    while (gateway.connections < 2) await new Promise(setImmediate);
    await new Promise((resolve) => setTimeout(resolve, 50));
    gateway.sweep(performance.now());
    gateway.sweep(performance.now() + 16_000);
    assert.match((await once(slow, "data"))[0], /^HTTP\/1\.1 408 Request Timeout\r\n/);
    gateway.sweep(performance.now() + 80_000);
    await once(idle, "end");
    idle.destroy();
    slow.destroy();
  });
});

describe("an app that fails", () => {
  it("before its answer gives 500 without a word of the error, and the log has it", async (t) => {
    const { port, lines } = await serve(t, () => {
      throw new Error("the password is 1234");
    });
    const answer = await converse(port, LAST);
    assert.match(answer, /^HTTP\/1\.1 500 Internal Server Error\r\n/);
    assert.doesNotMatch(answer, /1234/);
    assert.match(lines.log.join("\n"), /GET \/last: Error: the password is 1234/);
  });

  it("after its first byte gives a chunked response that does not end", async (t) => {
    const { port } = await serve(t, async (exchange) => {
      exchange.respond(200, undefined, []);
      exchange.write(Buffer.from("half"));
      await new Promise(setImmediate);
      throw new Error("late");
    });
    const answer = await converse(port, GET);
    assert.match(answer, /4\r\nhalf\r\n$/);
  });

  it("by never answering gives 504 when its harakiri strikes, and is reported when it goes on", async (t) => {
    let signal: AbortSignal | undefined;
    const { port, gateway, lines } = await serve(
      t,
      (exchange) => {
        signal = exchange.signal;
        return new Promise(() => {});
      },
      { harakiri: 1000 },
    );
    const answer = converse(port, LAST);
    while (gateway.inFlight < 1) await new Promise(setImmediate);
    gateway.sweep(performance.now() + 1_100);
    assert.match(await answer, /^HTTP\/1\.1 504 Gateway Timeout\r\n/);
    assert.equal(signal?.aborted, true);
    gateway.sweep(performance.now() + 7_000);
    assert.match(lines.log.join("\n"), /GET \/last ran for 1 s[\s\S]*GET \/last went on after its harakiri/);
  });
});

describe("a client that goes", () => {
  it("aborts the exchange's signal", async (t) => {
    const aborted = Promise.withResolvers<void>();
    const { port } = await serve(t, (exchange) => {
      exchange.signal.addEventListener("abort", () => aborted.resolve());
      return new Promise(() => {});
    });
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(GET, () => setImmediate(() => socket.destroy())),
    );
    await aborted.promise;
  });
});

describe("draining", () => {
  it("answers what is in flight with Connection: close and then has no connection left", async (t) => {
    const go = Promise.withResolvers<void>();
    const server = await serve(t, async (exchange) => {
      await go.promise;
      text(exchange, "finished");
    });
    const answer = converse(server.port, GET);
    while (server.gateway.inFlight < 1) await new Promise(setImmediate);
    const drained = server.gateway.drain();
    go.resolve();
    assert.match(await answer, /Connection: close\r\n\r\nfinished$/);
    await drained;
  });
});

describe("the access line", () => {
  it("is one line, whatever the client sends", async (t) => {
    const { port, lines } = await serve(t, (exchange) => text(exchange, "x"));
    await converse(
      port,
      'GET /"%0a HTTP/1.1\r\nHost: a\r\nUser-Agent: a"\\\x80b\r\nConnection: close\r\n\r\n',
    );
    assert.equal(lines.access.length, 1);
    assert.match(
      lines.access[0]!,
      /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/\\x22%0a HTTP\/1\.1" 200 1 "-" "a\\x22\\x5c\\x80b" [\d.]+ms$/,
    );
  });
});
