import type { IncomingMessage, ServerResponse } from "node:http";
import type { NodeListener } from "./node-listener-adapter.ts";

/** A listener with a third parameter: `(req, res, next) => …`. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** Runs a middleware by itself: what it leaves to the next one is not found, and its error is the app's. */
export function middlewareListener(middleware: Middleware): NodeListener {
  return async (request, response) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const next = (error?: unknown) => {
      if (error !== undefined && error !== null) {
        reject(error);
        return;
      }
      response.statusCode = 404;
      response.end();
      resolve();
    };
    response.once("close", resolve);
    await Promise.all([middleware(request, response, next), promise]);
  };
}
