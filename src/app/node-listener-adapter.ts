import type { Socket } from "node:net";
import type { App, Exchange } from "./exchange.ts";
import { ExchangeSocket } from "./exchange-socket.ts";
import { abortMessage, finishMessage, incomingMessage } from "./incoming-message.ts";
import { type IncomingMessage, ServerResponse } from "./node-http.ts";
import { emitClose, emitDrain, type ServerSideResponse } from "./node-internals.ts";

/** A listener of http.Server's "request" event: `(req, res) => …`. What it returns is awaited. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * An app that answers as under node's http.Server: the listener gets node's own IncomingMessage and
 * ServerResponse (https://nodejs.org/api/http.html), on a socket that is the exchange. They behave
 * as there, but for these: what node adds to a response by itself for the sake of the connection
 * (Connection, Keep-Alive, Transfer-Encoding, Date) the gateway adds, and trailers are not sent.
 */
export function nodeListenerApp(kind: string, listener: NodeListener): App {
  return { kind, handle: (exchange) => answer(listener, exchange) };
}

function answer(listener: NodeListener, exchange: Exchange): void | Promise<void> {
  const socket = new ExchangeSocket(exchange);
  const request = incomingMessage(exchange, socket);
  const response = responseTo(request, socket);
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

function responseTo(request: IncomingMessage, socket: ExchangeSocket): ServerResponse {
  const { httpVersionMajor, httpVersionMinor } = request;
  // To an HTTP/1.0 client node would frame by closing; framing is the gateway's.
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  const response = new ServerResponse(request);
  request.httpVersionMajor = httpVersionMajor;
  request.httpVersionMinor = httpVersionMinor;
  socket.incoming = request;
  socket.outgoing = response;
  // Before assignSocket's own listener: as in node's server the request hears of the end first.
  socket.on("close", onSocketClose);
  socket.on("drain", onSocketDrain);
  response.assignSocket(socket as unknown as Socket);
  response.removeHeader("connection");
  response.sendDate = false;
  (response as unknown as ServerSideResponse)._storeHeader = storeHeaderUnframed;
  response.on("prefinish", onPrefinish);
  response.on("finish", onFinish);
  return response;
}

/**
 * Node chunks a body whose length it does not know, or whose app asks for it. This property of the
 * response itself, which outlives Express's change of the prototype, takes that back when the head is
 * made, before the first byte of the body. (Removing Transfer-Encoding beforehand would not do: apps
 * set it themselves, and node refuses a Trailer field without it.)
 */
function storeHeaderUnframed(this: ServerSideResponse, firstLine: string, headers: unknown): void {
  const { _storeHeader } = ServerResponse.prototype as unknown as ServerSideResponse;
  _storeHeader.call(this, firstLine, headers);
  this.chunkedEncoding = false;
}

/** All is written. Unless some of it waits, end at once, so that the gateway sends it in one go. */
function onPrefinish(this: ServerResponse): void {
  const socket = this.socket as unknown as ExchangeSocket;
  if (socket.writableLength === 0 && socket.failure === undefined) socket.complete();
}

function onFinish(this: ServerResponse): void {
  const socket = this.socket as unknown as ExchangeSocket;
  socket.complete();
  finishMessage(this.req);
  this.detachSocket(socket as unknown as Socket);
  process.nextTick(emitClose, this);
  // An app that waits for its socket to close would wait for ever: it is not used again.
  socket.removeListener("close", onSocketClose);
  if (socket.listenerCount("close") > 0) socket.destroy();
}

function onSocketClose(this: ExchangeSocket): void {
  if (this.incoming !== undefined) abortMessage(this.incoming);
}

function onSocketDrain(this: ExchangeSocket): void {
  if (this.outgoing !== undefined) emitDrain(this.outgoing);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}
