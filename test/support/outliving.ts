/** A process whose old generation is asked for: by how much it grows is what of a request outlives minor collections. */
import { once } from "node:events";
import { getHeapSpaceStatistics } from "node:v8";
import type { Exchange } from "../../src/app/exchange.ts";
import { nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { connectTo } from "../../src/transport/connect.ts";
import { gatewayServer } from "./gateway-server.ts";

const whole = (exchange: Exchange) => exchange.respondWith(200, undefined, ["A", "b"], "hello");
const late = async (exchange: Exchange) => {
  await new Promise(setImmediate);
  whole(exchange);
};
const listener = nodeListenerApp("node listener", (request, response) => {
  request.resume();
  response.setHeader("A", "b");
  response.end("hello");
}).handle;

const handlers: Record<string, (exchange: Exchange) => void | Promise<void>> = { whole, late, listener };

/** One after the other, each until the peer has closed it. */
async function connectOften(path: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++)
    await new Promise<void>((resolve, reject) => {
      const { transport } = connectTo(path, true, "hello", (error) => {
        if (error) return reject(error);
        transport.start({
          arrived: () => {},
          drained: () => {},
          peerEnded: () => transport.end(() => {}),
          closed: () => resolve(),
        });
      });
    });
}

process.on("message", async ({ connect, times }: { connect?: string; times?: number }) => {
  if (connect !== undefined) await connectOften(connect, times!);
  const old = getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space");
  process.send!(old!.space_used_size);
});
process.on("disconnect", () => process.exit());
const handle = handlers[process.argv[2]!];
const limits = http1Limits(8_192);
const server =
  handle &&
  (await gatewayServer(handle, (gateway, transport) => new HttpConnection(gateway, transport, limits), {
    accessLog: undefined,
  }));
process.send!(server?.port ?? 0);
await once(process, "disconnect");
