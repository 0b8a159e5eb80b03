import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { TIME_LIMITS } from "../../src/gateway/connection.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { UwsgiConnection } from "../../src/gateway/uwsgi-connection.ts";
import { encodePacket } from "../../src/wire/uwsgi/packet-encoder.ts";
import { type GatewayServer, gatewayServer } from "../support/gateway-server.ts";

/** Bytes: more than the sockets' buffers on the way hold. */
const LARGE = 32 * 1024 * 1024;

/** A response that is done for the app and not yet for the client (RFC 9112, section 9.6). */
for (const direct of [true, false])
  describe(`a connection that is to be closed, on ${direct ? "a handle" : "a socket"}`, () => {
    let server: GatewayServer;
    let handled = Promise.withResolvers<void>();
    before(async () => {
      server = await gatewayServer(
        (exchange: Exchange) => {
          exchange.respond(200, undefined, ["Content-Length", String(LARGE)]);
          // All at once, whatever it says about enough.
          exchange.write(Buffer.alloc(LARGE));
          exchange.end();
          handled.resolve();
        },
        (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(32 * 1024)),
        {},
        direct,
      );
    });
    after(() => server.close());

    const ask = async (): Promise<Socket> => {
      handled = Promise.withResolvers<void>();
      const socket = connect(server.port, "127.0.0.1");
      socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      await handled.promise;
      return socket;
    };
    const later = (milliseconds: number): void => server.gateway.sweep(performance.now() + milliseconds);
    const lengthOf = async (socket: Socket): Promise<number> => {
      let length = 0;
      for await (const chunk of socket) length += (chunk as Buffer).length;
      return length;
    };

    it("stays until a slow client has all of it", async () => {
      const socket = await ask();
      later(TIME_LIMITS.linger + 1_000);
      later(TIME_LIMITS.send - 1_000);
      assert.ok((await lengthOf(socket)) > LARGE);
    });

    it("is cut off when the client takes nothing for too long", async () => {
      const socket = await ask();
      // The first look sees how much is waiting, the second that it is still as much.
      later(0);
      later(TIME_LIMITS.send + 1_000);
      const got = await lengthOf(socket).catch(({ code }: NodeJS.ErrnoException) => code);
      assert.ok(got === "ECONNRESET" || Number(got) < LARGE, String(got));
    });

    it("takes and forgets what a client still sends that reads its answer later", async () => {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n`);
      const sent = once(socket, "finish");
      socket.end(Buffer.alloc(LARGE));
      await sent;
      assert.ok((await lengthOf(socket)) > LARGE);
    });
  });

/** What a client that never ends its own side is answered, and how many connections the server has then. */
async function answered(server: GatewayServer, bytes: string): Promise<{ text: string; left: number }> {
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.write(bytes, "latin1");
  let text = "";
  for await (const chunk of socket.setEncoding("latin1")) text += chunk;
  // A turn for the server to hear of its own end.
  await new Promise(setImmediate);
  const left = server.gateway.connections;
  socket.destroy();
  return { text, left };
}

describe("a client that has said all that it ever will", () => {
  const short = (exchange: Exchange): void => exchange.respondWith(200, undefined, [], "short");
  const GET = "GET / HTTP/1.1\r\nHost: a\r\n";
  const http = (options = {}) =>
    gatewayServer(
      short,
      (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(4096)),
      options,
    );

  it("is not waited for over HTTP, where it asked for the end", async (t) => {
    const server = await http();
    t.after(() => server.close());
    const { text, left } = await answered(server, `${GET}Connection: close\r\n\r\n`);
    assert.match(text, /short$/);
    assert.equal(left, 0);
  });

  it("is waited for where the end is ours, since more may be on its way", async (t) => {
    const server = await http({ keepAlive: false });
    t.after(() => server.close());
    const { text, left } = await answered(server, `${GET}\r\n`);
    assert.match(text, /Connection: close\r\n\r\nshort$/);
    assert.equal(left, 1);
  });

  it("is not waited for over uwsgi, after a packet and its body", async (t) => {
    const server = await gatewayServer(short, (gateway, socket) => new UwsgiConnection(gateway, socket));
    t.after(() => server.close());
    const packet = encodePacket(["REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_HOST", "a"])!;
    const { text, left } = await answered(server, packet);
    assert.match(text, /short$/);
    assert.equal(left, 0);
  });
});
