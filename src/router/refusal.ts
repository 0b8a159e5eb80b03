import type { Exchange } from "../app/exchange.ts";
import { reasonPhrase } from "../wire/http1/reason-phrases.ts";

/** Answers in the workers' place, before a response has begun. The reason is for the log, not for the client. */
export function refuse(exchange: Exchange, status: number): void {
  const text = `${reasonPhrase(status)}\n`;
  const headers = ["Content-Type", "text/plain; charset=utf-8", "Content-Length", String(text.length)];
  // Seconds (RFC 9110, section 10.2.3): nothing was run, so it may be asked again.
  if (status === 503) headers.push("Retry-After", "1");
  exchange.respond(status, undefined, headers);
  exchange.write(Buffer.from(text));
  exchange.end();
}
