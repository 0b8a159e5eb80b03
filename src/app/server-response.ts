import type { Socket } from "node:net";
import type { ExchangeSocket } from "./exchange-socket.ts";
import { finishMessage } from "./incoming-message.ts";
import { type IncomingMessage, ServerResponse } from "./node-http.ts";
import { constructorOf, emitClose, type ServerSideResponse } from "./node-internals.ts";
import { storedHead } from "./stored-head.ts";

type Response = ServerResponse & ServerSideResponse;
const inherited = ServerResponse.prototype as Response;

/**
 * A maker of ServerResponses with a prototype, whose socket is the exchange. What is different about
 * them are properties of the response itself, which outlive Express's change of the prototype.
 */
export function responseMaker(
  prototype: ServerResponse,
): (request: IncomingMessage, socket: ExchangeSocket) => ServerResponse {
  const construct = constructorOf<IncomingMessage, ServerResponse>(ServerResponse, prototype);
  return (request, socket) => {
    const response = constructFor11(construct, request) as Response;
    response._storeHeader = storeHeader;
    response._send = send;
    response._finish = finish;
    // What assignSocket does, less its listener: the socket tells both messages of its end itself.
    (response as { socket: unknown }).socket = socket;
    socket._httpMessage = response;
    socket.incoming = request;
    socket.outgoing = response;
    response.on("finish", onFinish);
    return response;
  };
}

/** To an HTTP/1.0 client node would frame by closing; framing is the gateway's. */
function constructFor11(
  construct: (request: IncomingMessage) => ServerResponse,
  request: IncomingMessage,
): ServerResponse {
  const { httpVersionMajor, httpVersionMinor } = request;
  if (httpVersionMajor === 1 && httpVersionMinor === 1) return construct(request);
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  const response = construct(request);
  request.httpVersionMajor = httpVersionMajor;
  request.httpVersionMinor = httpVersionMinor;
  return response;
}

/**
 * Node makes a text of status and headers, which goes out before the body. Here they go to the socket
 * as they are; `_header`, whose text node does not document, tells no more than that they are gone.
 * Where node's own text is needed, chunking is taken back before the first byte of the body: the
 * gateway frames. (Removing Transfer-Encoding beforehand would not do: apps set it themselves, and
 * node refuses a Trailer field without it.)
 */
function storeHeader(this: Response, firstLine: string, headers: unknown): void {
  const socket = this.socket as ExchangeSocket | null;
  // A 1xx response that still waits must stay before.
  const head = socket?.writableLength === 0 ? storedHead(this, headers) : undefined;
  if (socket !== null && head !== undefined) {
    socket.head = head;
    this._header = firstLine;
    this._headerSent = true;
    return;
  }
  this._removedConnection = true;
  this.sendDate = false;
  inherited._storeHeader.call(this, firstLine, headers);
  this.chunkedEncoding = false;
}

/** A body that is all there leaves with its head, past the socket's queue. */
function send(
  this: Response,
  data: string | Uint8Array,
  encoding: BufferEncoding | null | undefined,
  callback: ((error?: Error) => void) | null | undefined,
  length?: number,
): boolean {
  const socket = this.socket as ExchangeSocket | null;
  if (!socket?.respondWith(data, encoding ?? "utf8")) {
    return inherited._send.call(this, data, encoding, callback, length);
  }
  if (callback) process.nextTick(callback);
  return true;
}

/** All is written. Unless some of it waits, end at once, so that the gateway sends it in one go. */
function finish(this: Response): void {
  const socket = this.socket as unknown as ExchangeSocket;
  if (socket.writableLength === 0 && socket.failure === undefined) socket.complete();
  inherited._finish.call(this);
}

function onFinish(this: ServerResponse): void {
  const socket = this.socket as unknown as ExchangeSocket;
  socket.complete();
  finishMessage(this.req);
  this.detachSocket(socket as unknown as Socket);
  socket.incoming = undefined;
  socket.outgoing = undefined;
  process.nextTick(closed, this, socket);
}

function closed(response: ServerResponse, socket: ExchangeSocket): void {
  emitClose(response);
  // An app that waits for its socket to close would wait for ever: it is not used again.
  if (socket.listenerCount("close") > 0) socket.destroy();
}
