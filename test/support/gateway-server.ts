import { type AddressInfo, connect, createServer } from "node:net";
import type { App, Exchange } from "../../src/app/exchange.ts";
import type { Connection } from "../../src/gateway/connection.ts";
import { Gateway, type GatewayOptions } from "../../src/gateway/gateway.ts";
import { createTrust } from "../../src/gateway/trust.ts";
import { acceptFrom } from "../../src/transport/accept.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** What the gateway would have logged. */
export interface Lines {
  readonly log: string[];
  readonly access: string[];
}

export interface GatewayServer {
  readonly gateway: Gateway;
  readonly port: number;
  readonly lines: Lines;
  close(): Promise<void>;
}

/** A gateway on a loopback port, with an app of the test's, and no worker around it. */
export async function gatewayServer(
  handle: (exchange: Exchange) => void | Promise<void>,
  accept: (gateway: Gateway, transport: Transport) => Connection,
  options: Partial<GatewayOptions> = {},
  direct = true,
): Promise<GatewayServer> {
  const lines: Lines = { log: [], access: [] };
  const keep = (text: string): void => {
    lines.log.push(text);
  };
  const app: App = { kind: "test", handle };
  const gateway = new Gateway({
    app,
    before: undefined,
    errorPage: undefined,
    trust: createTrust([]),
    log: { info: keep, warn: keep, error: keep },
    accessLog: { write: (line) => void lines.access.push(line), flush: () => {} },
    bufferSize: 32 * 1024,
    limitPost: 0,
    harakiri: 0,
    keepAlive: true,
    collect: () => {},
    onStuck: keep,
    ...options,
  });
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  acceptFrom(server, direct, (transport) => transport.start(accept(gateway, transport)));
  return {
    gateway,
    port: (server.address() as AddressInfo).port,
    lines,
    async close() {
      server.close();
      gateway.cut();
      await gateway.drain();
    },
  };
}

/** Sends bytes and returns all that comes back until the server ends the connection. */
export function converse(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => {
      for (const part of parts) socket.write(part, "latin1");
    });
    socket.setEncoding("latin1");
    socket.on("data", (data: string) => {
      text += data;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}
