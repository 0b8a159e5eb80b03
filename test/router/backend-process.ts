import { createServer } from "node:net";
import { respond, serve, textOf } from "./fake-backend.ts";

/**
 * A worker in a process of its own, on a listening socket that it inherits as descriptor 3. Answers with
 * its process id and the body; `/die` kills it. Says "ready" to its parent.
 */
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => {});
  serve(socket, async (arrival) => {
    if (arrival.variables["REQUEST_URI"] === "/die") process.kill(process.pid, "SIGKILL");
    respond(socket, `${process.pid} ${await textOf(arrival)}`);
  });
});
server.listen({ fd: 3 }, () => process.send?.("ready"));
process.on("disconnect", () => process.exit());
