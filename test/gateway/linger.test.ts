import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { TIME_LIMITS } from "../../src/gateway/connection.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
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
