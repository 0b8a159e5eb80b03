import type { App, Exchange } from "./exchange.ts";
import { type Front, SendingExchange } from "./sending-exchange.ts";
import { type SendOptions, SentFiles } from "./sent-files.ts";

/**
 * An app that may answer with X-Accel-Redirect, as behind NGINX: the file goes out in the place of its body.
 * @param frontOf who sent us this request
 */
export function sendingFiles(app: App, options: SendOptions, frontOf: (exchange: Exchange) => Front): App {
  const files = new SentFiles(options);
  const { kind, close } = app;
  return {
    kind,
    handle: (exchange) => app.handle(new SendingExchange(exchange, files, frontOf(exchange))),
    ...(close && { close: () => close.call(app) }),
  };
}
