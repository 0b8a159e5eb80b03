import { writeSync } from "node:fs";
import { connect } from "node:net";
import { getSystemErrorName } from "node:util";
import { HandleTransport } from "./handle-transport.ts";
import { SocketTransport } from "./socket-transport.ts";
import { isStreamHandle, pipeBinding, streamBinding } from "./stream-binding.ts";
import type { Transport } from "./transport.ts";

type Made = (error: Error | undefined) => void;

export interface Connecting {
  readonly transport: Transport;
  /** Something of the opening has been taken already: whatever `made` will say, the peer may act on it. */
  readonly isTaken: boolean;
}

/**
 * Connects to the unix socket at `path`, without a socket of node's around it where this node lets us and
 * `direct` is wanted. `made` is called once, in a later turn of the event loop: the transport can be started,
 * or there is an error and the transport is of no use. It is not called if the transport is destroyed first.
 * @param opening what the peer is told first; latin1. It leaves with the connection where it can, and not a turn
 * of the event loop later, for which the peer would have to wait.
 */
export function connectTo(path: string, direct: boolean, opening: string, made: Made): Connecting {
  return (direct ? directly(path, opening, made) : undefined) ?? bySocket(path, opening, made);
}

function directly(path: string, opening: string, made: Made): Connecting | undefined {
  if (streamBinding === undefined || pipeBinding === undefined) return undefined;
  const { Pipe, PipeConnectWrap, constants } = pipeBinding;
  const handle = new Pipe(constants.SOCKET);
  if (!isStreamHandle(handle)) return undefined;
  const transport = new HandleTransport(streamBinding, handle, true);
  let taken = 0;
  const request = new PipeConnectWrap();
  // In a name of its own: V8 puts a function that is written where a property is set (`a.b = () => …`) among the old
  // objects, and all that it leads to stays until the next major collection (docs/adr/0020).
  const oncomplete = (status: number): void => {
    if (transport.ended) return;
    if (status !== 0) {
      transport.destroy();
      made(connectError(status, path));
      return;
    }
    if (taken < opening.length) transport.write(opening.slice(taken));
    made(undefined);
  };
  request.oncomplete = oncomplete;
  const failed = handle.connect(request, path);
  if (failed !== 0) queueMicrotask(() => oncomplete(failed));
  else if (opening !== "") taken = writeAtOnce(handle.fd, opening);
  return { transport, isTaken: taken > 0 };
}

/** A connection to a unix socket is made by the time that `connect` returns, or never. @returns bytes taken. */
function writeAtOnce(fd: number | undefined, text: string): number {
  if (fd === undefined || fd < 0) return 0;
  try {
    return writeSync(fd, text, null, "latin1");
  } catch {
    // The connection tells in its own time what is wrong with it.
    return 0;
  }
}

/** With the text of node's own. */
function connectError(status: number, path: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`connect ${code} ${path}`), { code });
}

function bySocket(path: string, opening: string, made: Made): Connecting {
  const socket = connect({ path, allowHalfOpen: true });
  const transport = new SocketTransport(socket, true);
  socket.once("error", made);
  socket.once("connect", () => {
    socket.off("error", made);
    if (opening !== "") transport.write(opening);
    made(undefined);
  });
  return { transport, isTaken: false };
}
