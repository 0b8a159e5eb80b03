import type { App, Exchange } from "./exchange.ts";
import { ExchangeSocket } from "./exchange-socket.ts";
import { requestMaker } from "./incoming-message.ts";
import { IncomingMessage, ServerResponse } from "./node-http.ts";
import { responseMaker } from "./server-response.ts";

/** A listener of http.Server's "request" event: `(req, res) => …`. What it returns is awaited. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** What the messages inherit from: node's own prototypes, or an Express app's that inherit from those. */
export interface MessagePrototypes {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const plain: MessagePrototypes = { request: IncomingMessage.prototype, response: ServerResponse.prototype };

/**
 * An app that answers as under node's http.Server: the listener gets node's own IncomingMessage and
 * ServerResponse (https://nodejs.org/api/http.html), on a socket that is the exchange. They behave
 * as there, but for these: what node adds to a response by itself for the sake of the connection
 * (Connection, Keep-Alive, Transfer-Encoding, Date) the gateway adds, and trailers are not sent.
 */
export function nodeListenerApp(kind: string, listener: NodeListener, prototypes = plain): App {
  const makeRequest = requestMaker(prototypes.request);
  const makeResponse = responseMaker(prototypes.response);
  const handle = (exchange: Exchange) => {
    const socket = new ExchangeSocket(exchange);
    const request = makeRequest(exchange, socket);
    return answer(listener, request, makeResponse(request, socket), socket);
  };
  return { kind, handle };
}

function answer(
  listener: NodeListener,
  request: IncomingMessage,
  response: ServerResponse,
  socket: ExchangeSocket,
): void | Promise<void> {
  let returned: unknown;
  try {
    returned = listener(request, response);
  } catch (error) {
    socket.giveBack();
    throw error;
  }
  if (isThenable(returned)) return bothDone(returned, socket);
  if (!socket.isDone || socket.failure !== undefined) return socket.whenDone();
}

/** An async listener may fail before its response is complete, and after. */
async function bothDone(returned: PromiseLike<unknown>, socket: ExchangeSocket): Promise<void> {
  const done = socket.whenDone();
  try {
    await Promise.all([returned, done]);
  } catch (error) {
    socket.giveBack();
    throw error;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}
