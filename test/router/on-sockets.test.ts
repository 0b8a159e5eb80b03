import { connections } from "./router-server.ts";

/** The router's tests on node's sockets, which serve where a node's handles are not as we know them. */
connections.nodeSockets = true;
await import("./failures.test.ts");
await import("./queue.test.ts");
await import("./streaming.test.ts");
await import("./kept.test.ts");
