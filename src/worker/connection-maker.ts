import type { Protocol } from "../channel/messages.ts";
import type { Connection } from "../gateway/connection.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Transport } from "../transport/transport.ts";

/**
 * Makes the connections of a listener, by its protocol; those of the others are not loaded.
 * @param bufferSize bytes that a head may have
 */
export async function connectionMaker(
  protocol: Protocol,
  gateway: Gateway,
  bufferSize: number,
): Promise<(transport: Transport) => Connection> {
  switch (protocol) {
    case "http":
    case "https": {
      const { HttpConnection, http1Limits } = await import("../gateway/http-connection.ts");
      const limits = http1Limits(bufferSize);
      return (transport) => new HttpConnection(gateway, transport, limits);
    }
    case "uwsgi": {
      const { UwsgiConnection } = await import("../gateway/uwsgi-connection.ts");
      return (transport) => new UwsgiConnection(gateway, transport);
    }
    case "fastcgi": {
      const { FastcgiConnection } = await import("../gateway/fastcgi-connection.ts");
      return (transport) => new FastcgiConnection(gateway, transport);
    }
  }
}
