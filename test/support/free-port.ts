import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** What a test file was given: two sites on one port would answer for each other. */
const given = new Set<number>();

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot be told port 0; another one at
 * each call.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
