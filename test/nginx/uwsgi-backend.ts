import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Scope } from "./private-site-nginx.ts";

/** A worker that speaks uwsgi, with no more code than that takes: answers with the variables, as JSON. */
export async function uwsgiBackend(
  scope: Scope,
  socket: string,
  answer: (variables: Readonly<Record<string, string>>) => string = (variables) =>
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(variables)}`,
): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    let received = Buffer.alloc(0);
    connection.on("error", () => {});
    connection.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= 4 && received.length >= 4 + received.readUInt16LE(1))
        connection.end(answer(variablesOf(received)));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket, 0o777);
  scope.after(async () => {
    for (const connection of open) connection.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
}

function variablesOf(packet: Buffer): Record<string, string> {
  const end = 4 + packet.readUInt16LE(1);
  let at = 4;
  const text = (): string => {
    const length = packet.readUInt16LE(at);
    at += 2 + length;
    return packet.toString("latin1", at - length, at);
  };
  const variables: Record<string, string> = {};
  while (at < end) variables[text()] = text();
  return variables;
}
