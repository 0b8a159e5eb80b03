import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { App, Exchange } from "./exchange.ts";
import { upgradeMessage } from "./incoming-message.ts";

/** Takes a connection over, as a listener of http.Server's "upgrade" event does. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => unknown;

/**
 * An app that hands upgrades (RFC 9110, section 7.8) to a handler: the module's own, or else the
 * listeners that its server has for "upgrade" when one arrives. Where there is neither, or the wire
 * cannot upgrade, the app answers as it answers any request.
 */
export function withUpgrade(app: App, handler: UpgradeHandler | undefined, server?: EventEmitter): App {
  if (handler === undefined && server === undefined) return app;
  return {
    ...app,
    handle(exchange) {
      if (exchange.upgrade === undefined || !asksUpgrade(exchange)) return app.handle(exchange);
      if (handler === undefined && !server?.listenerCount("upgrade")) return app.handle(exchange);
      const { socket, head } = exchange.upgrade();
      const message = upgradeMessage(exchange.request, socket);
      if (handler === undefined) {
        server?.emit("upgrade", message, socket, head);
        return;
      }
      return handOver(handler, message, socket, head);
    },
  };
}

async function handOver(handler: UpgradeHandler, message: IncomingMessage, socket: Duplex, head: Buffer) {
  try {
    await handler(message, socket, head);
  } catch (error) {
    // There is no exchange left that could say 500.
    socket.destroy();
    throw error;
  }
}

function asksUpgrade(exchange: Exchange): boolean {
  const { headers } = exchange.request;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === "upgrade") return true;
  }
  return false;
}
