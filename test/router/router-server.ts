import { join } from "node:path";
import type { TestContext } from "node:test";
import type { GatewayOptions } from "../../src/gateway/gateway.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { Router, type RouterOptions } from "../../src/router/router.ts";
import { gatewayServer } from "../support/gateway-server.ts";
import { HttpClient } from "../support/http-client.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";
import { type Arrival, type FakeBackend, fakeBackend } from "./fake-backend.ts";

/** How routers of tests connect to their backends: `on-sockets.test.ts` has them all run the other way as well. */
export const connections = { nodeSockets: false };

export interface RouterServer {
  readonly router: Router;
  readonly client: HttpClient;
  readonly port: number;
  readonly backends: readonly FakeBackend[];
  /** What the router logged. */
  readonly log: string[];
}

export interface Setup {
  /** One for each backend. */
  readonly answers: readonly ((arrival: Arrival) => void | Promise<void>)[];
  readonly options?: Partial<RouterOptions>;
  readonly gateway?: Partial<GatewayOptions>;
}

/** Backends, the router before them and an HTTP gateway before that, on a loopback port. */
export async function routerServer(t: TestContext, setup: Setup): Promise<RouterServer> {
  const directory = temporaryDirectory(t);
  const backends = await Promise.all(
    setup.answers.map((answer, i) => fakeBackend(t, join(directory, `${i}.sock`), answer)),
  );
  return { ...(await serverBefore(t, { ...setup, paths: backends.map(({ path }) => path) })), backends };
}

/** The router and the gateway before sockets that the test has made. */
export async function serverBefore(
  t: TestContext,
  setup: Omit<Setup, "answers"> & { readonly paths: readonly string[] },
): Promise<Omit<RouterServer, "backends">> {
  const log: string[] = [];
  const keep = (text: string): void => void log.push(text);
  const router = new Router({
    backends: setup.paths,
    maxInFlight: 8,
    queueLimit: 100,
    queueTimeout: 60_000,
    connectTimeout: 60_000,
    nodeSockets: connections.nodeSockets,
    log: { info: keep, warn: keep, error: keep },
    ...setup.options,
  });
  const server = await gatewayServer(
    (exchange) => router.handle(exchange),
    (gateway, socket) => new HttpConnection(gateway, socket, http1Limits(96 * 1024)),
    { bufferSize: 96 * 1024, ...setup.gateway },
  );
  const client = new HttpClient(server.port);
  t.after(async () => {
    client.close();
    await router.close();
    await server.close();
  });
  return { router, client, port: server.port, log };
}
