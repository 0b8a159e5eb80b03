import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { it } from "node:test";
import { Connection } from "../../src/gateway/connection.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import type { StreamHandle } from "../../src/transport/stream-binding.ts";
import { gatewayServer } from "../support/gateway-server.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

it("a connection that is handed over has said all: an answer that waits for others of its turn leaves first", async (t) => {
  let handle: StreamHandle | undefined;
  const server = await gatewayServer(
    (exchange) => {
      exchange.respondWith(200, undefined, [], "answered");
      // As the word of the master may come, in the same turn of the event loop.
      if (exchange.request.target === "/last") process.nextTick(handOver);
    },
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(4096)),
  );
  const handOver = (): void => {
    const [connection] = server.gateway.open;
    assert.ok(connection instanceof Connection);
    handle = connection.handOver() as StreamHandle | undefined;
  };
  t.after(() => server.close());
  const socket = connect(server.port, "127.0.0.1").setEncoding("latin1");
  t.after(() => socket.destroy());
  socket.write(GET);
  await once(socket, "data");
  // Until those that go alone are over, nothing waits for others.
  while (server.gateway.writes.goesAlone());
  socket.write(GET.replace("/ ", "/last "));
  const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(5_000) });
  assert.match(answer, /answered$/);
  assert.ok(handle, "it was handed over");
  handle.close(() => {});
});
