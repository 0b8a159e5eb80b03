import { createServer } from "node:http";
import listener from "../apps/listener.ts";

// PM2's documentation on graceful start and stop: say "ready", and on SIGINT finish what is in flight.
const server = createServer(listener);
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.send?.("ready"));
process.on("SIGINT", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
