import { CompressedExchange, type EncoderSlots } from "./compressed-exchange.ts";
import type { App, Exchange } from "./exchange.ts";

/**
 * Responses that are encoded at a time; more go out as they are. An encoder holds half a megabyte, for as long
 * as its client takes.
 */
const MOST = 128;

/**
 * An app whose responses are compressed for clients that take it (uWSGI's http-auto-gzip).
 * @param isWanted for which exchanges: not where a web server in front does it.
 */
export function compressing(app: App, isWanted: (exchange: Exchange) => boolean): App {
  const slots: EncoderSlots = { free: MOST };
  return {
    kind: app.kind,
    async handle(exchange) {
      if (!isWanted(exchange)) return app.handle(exchange);
      const compressed = new CompressedExchange(exchange, acceptEncoding(exchange.request.headers), slots);
      try {
        await app.handle(compressed);
      } finally {
        // Until then it is in flight, and what an app throws after its end does not cut it off.
        await compressed.finished();
      }
    },
  };
}

function acceptEncoding(headers: readonly string[]): string | undefined {
  const values = headers.filter(
    (_, at) =>
      at % 2 === 1 && headers[at - 1]!.length === 15 && headers[at - 1]!.toLowerCase() === "accept-encoding",
  );
  return values.length === 0 ? undefined : values.join(",");
}
