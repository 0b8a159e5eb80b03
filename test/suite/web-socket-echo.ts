import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";

/** Takes upgrades of `/ws` and sends every message back; "bye" closes. Others are refused with 404. */
export function webSocketEcho(): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const server = new WebSocketServer({ noServer: true });
  server.on("connection", (connection, request: IncomingMessage) => {
    connection.send(`welcome ${request.headers["x-name"] ?? "stranger"}`);
    connection.on("message", (data, isBinary) => {
      if (data.toString() === "bye") connection.close(4000, "as you wish");
      else connection.send(data, { binary: isBinary });
    });
  });
  return (request, socket, head) => {
    if (request.url === "/ws") {
      server.handleUpgrade(request, socket, head, (connection) =>
        server.emit("connection", connection, request),
      );
    } else {
      socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
  };
}
