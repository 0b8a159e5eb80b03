import { connect, type Socket } from "node:net";

/**
 * Opens many connections to a port (argv: port, number), has one request answered on each, and holds
 * them. Starts with the first message on its channel,
 * and after each says how many are open. Ends with its channel.
 */
const [port, number] = process.argv.slice(2).map(Number);
const open = new Set<Socket>();

/** Connections that are being made at a time. */
const AT_ONCE = 100;

let next = 0;
async function opener(): Promise<void> {
  while (next++ < number!) await one();
}

function one(): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port!, "127.0.0.1", () =>
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    );
    socket.once("data", () => {
      open.add(socket);
      resolve();
    });
    socket.on("error", () => resolve());
    socket.once("close", () => {
      open.delete(socket);
      resolve();
    });
  });
}

let opened: Promise<unknown> | undefined;
process.on("message", async () => {
  opened ??= Promise.all(Array.from({ length: AT_ONCE }, opener));
  await opened;
  process.send!(open.size);
});
process.once("disconnect", () => process.exit());
