import type { FromWorker, Moved } from "../channel/messages.ts";
import { Connection } from "../gateway/connection.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { HandleTransport } from "../transport/handle-transport.ts";
import { isStreamHandle, type StreamHandle, streamBinding } from "../transport/stream-binding.ts";
import { connectionMaker } from "./connection-maker.ts";

/** Milliseconds between two looks for connections with nothing under way, and how many looks. */
const PAUSE = 10;
const LOOKS = 20;

/** Sends a message to the master, and a handle with it; `sent` when both have left. */
export type Send = (message: FromWorker, handle?: object, sent?: () => void) => void;
type Pass = (message: FromWorker, handle: object, sent: () => void) => void;

/**
 * Passes up to `count` kept connections on to other workers, through the master: of those that are between
 * two requests, which under load nearly all are again and again.
 */
export function passOn(gateway: Gateway, count: number, pass: Pass, looks = LOOKS): void {
  let left = count;
  for (const connection of gateway.open) {
    if (left === 0) return;
    if (!(connection instanceof Connection) || connection.protocol === undefined) continue;
    const { protocol, isUnix } = connection;
    const handle = connection.handOver() as StreamHandle | undefined;
    if (handle === undefined) continue;
    pass({ type: "pass", protocol, isUnix }, handle, () => handle.close(() => {}));
    left -= 1;
  }
  if (left > 0 && looks > 1 && !gateway.draining)
    setTimeout(() => passOn(gateway, left, pass, looks - 1), PAUSE).unref();
}

/** Goes on with a connection that another worker has accepted. @param bufferSize bytes that a head may have */
export async function goOn(
  gateway: Gateway,
  { protocol, isUnix }: Moved,
  handle: unknown,
  bufferSize: number,
): Promise<void> {
  // One whose peer has gone meanwhile comes without.
  if (!isStreamHandle(handle) || streamBinding === undefined) return;
  const connect = await connectionMaker(protocol, gateway, bufferSize);
  const transport = new HandleTransport(streamBinding, handle, isUnix);
  const connection = connect(transport);
  if (gateway.draining) connection.drain();
  transport.start(connection);
}
