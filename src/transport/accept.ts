import type { Server, Socket } from "node:net";
import { HandleTransport } from "./handle-transport.ts";
import { SocketTransport } from "./socket-transport.ts";
import { isStreamHandle, streamBinding } from "./stream-binding.ts";
import type { Transport } from "./transport.ts";

interface ListenHandle {
  onconnection: (this: unknown, error: number, client: unknown) => void;
}

/**
 * Has every connection of a listening server taken by `take`, without a socket around it where this node
 * lets us and `direct` is wanted.
 */
export function acceptFrom(server: Server, direct: boolean, take: (transport: Transport) => void): void {
  // One that listens on an inherited descriptor of a unix socket does not know its path, and has null.
  const address = server.address();
  const isUnix = address === null || typeof address === "string";
  server.on("connection", (socket: Socket) => take(new SocketTransport(socket, isUnix)));
  const { _handle: listening } = server as unknown as { _handle?: Partial<ListenHandle> | null };
  const usual = listening?.onconnection;
  const binding = streamBinding;
  if (!direct || binding === undefined || typeof usual !== "function") return;
  listening!.onconnection = function (error, client) {
    if (error || !isStreamHandle(client)) usual.call(this, error, client);
    else take(new HandleTransport(binding, client, isUnix));
  };
}
