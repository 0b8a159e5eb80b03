import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { UwsgiConnection } from "../../src/gateway/uwsgi-connection.ts";
import { encodePacket } from "../../src/wire/uwsgi/packet-encoder.ts";
import { gatewayServer } from "../support/gateway-server.ts";

/** Chunks of one buffer, filled anew as soon as it may be. */
const SIZE = 4 * 65_528;
const CHUNKS = 60;

const requests: Record<string, [wire: "http" | "uwsgi", request: string]> = {
  "HTTP with a length": ["http", "GET /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  "HTTP in chunks": ["http", "GET /chunks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  uwsgi: [
    "uwsgi",
    encodePacket([
      "REQUEST_METHOD",
      "GET",
      "REQUEST_URI",
      "/",
      "SERVER_PROTOCOL",
      "HTTP/1.1",
      "HTTP_HOST",
      "a",
    ])!,
  ],
};

describe("memory of a large chunk is used again when the gateway says that it may be", () => {
  for (const [name, [wire, request]] of Object.entries(requests)) {
    for (const reader of ["fast", "slow"]) {
      it(`over ${name}, to a ${reader} client`, async (t) => {
        const server = await gatewayServer(
          async (exchange) => {
            const buffer = Buffer.allocUnsafeSlow(SIZE);
            const length =
              exchange.request.target === "/chunks" ? [] : ["Content-Length", String(SIZE * CHUNKS)];
            exchange.respond(200, undefined, length);
            for (let at = 0; at < CHUNKS && !exchange.ended; at++) {
              buffer.fill(at + 32);
              if (!exchange.write(buffer)) await new Promise<void>((resolve) => exchange.drained(resolve));
            }
            exchange.end();
          },
          (gateway, socket) =>
            wire === "http"
              ? new HttpConnection(gateway, socket, http1Limits(4096))
              : new UwsgiConnection(gateway, socket),
        );
        t.after(() => server.close());
        const parts: Buffer[] = [];
        const socket = connect(server.port, "127.0.0.1", () => void socket.write(request, "latin1"));
        t.after(() => socket.destroy());
        for await (const part of socket as AsyncIterable<Buffer>) {
          parts.push(part);
          if (reader === "slow" && parts.length % 20 === 0)
            await new Promise((resolve) => setTimeout(resolve, 2));
        }
        const all = Buffer.concat(parts);
        let body = all.subarray(all.indexOf("\r\n\r\n") + 4);
        if (name === "HTTP in chunks") {
          const head = `${SIZE.toString(16)}\r\n`.length;
          const chunks = Array.from({ length: CHUNKS }, (_, at) => {
            const from = at * (head + SIZE + 2) + head;
            return body.subarray(from, from + SIZE);
          });
          body = Buffer.concat(chunks);
        }
        const wanted = createHash("sha1");
        for (let at = 0; at < CHUNKS; at++) wanted.update(Buffer.alloc(SIZE, at + 32));
        assert.equal(body.length, SIZE * CHUNKS);
        assert.equal(createHash("sha1").update(body).digest("hex"), wanted.digest("hex"));
      });
    }
  }
});
