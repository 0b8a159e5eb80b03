import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Exchange, RequestBody, RequestHead } from "./exchange.ts";
import { IncomingMessage } from "./node-http.ts";
import { constructorOf, detachSignal, inner } from "./node-internals.ts";

/** The socket that a request names as its own. */
interface RequestSocket extends Duplex {
  /** Something of the body has arrived. */
  noteActivity(): void;
}

/**
 * A maker of requests: of an exchange node's own IncomingMessage, with a prototype. Its body is pulled
 * from the exchange as the app reads. The pulling is a property of the message itself: Express and
 * others change the message's prototype.
 */
export function requestMaker(
  prototype: IncomingMessage,
): (exchange: Exchange, socket: RequestSocket) => IncomingMessage {
  const construct = constructorOf<Socket, IncomingMessage>(IncomingMessage, prototype);
  return (exchange, socket) => {
    const message = construct(socket as unknown as Socket);
    fill(message, exchange.request);
    const { body } = exchange;
    if (body === null) {
      message.complete = true;
      message._read = readEnd;
    } else {
      message._read = bodyReader(message, body, socket);
    }
    return message;
  };
}

/** The request of an upgrade, with the connection that was handed over. */
export function upgradeMessage(head: RequestHead, socket: Duplex): IncomingMessage {
  const message = new IncomingMessage(socket as Socket);
  fill(message, head);
  inner(message).upgrade = true;
  message.complete = true;
  message._read = readEnd;
  return message;
}

/** The response is complete: what node's server does to the request then. */
export function finishMessage(message: IncomingMessage): void {
  detachSignal(message);
  const { _consuming, _readableState } = inner(message);
  if (_consuming || _readableState.resumeScheduled || message.destroyed) return;
  // The rest of the body is the gateway's to skip. Where nobody would hear "end", it is saved.
  message._read = readEnd;
  message.complete = true;
  if (message.listenerCount("end") === 0 && message.listenerCount("close") === 0) return;
  message.push(null);
  inner(message)._dump();
}

/** The exchange is over before its time: what node's server does when a client goes away. */
export function abortMessage(message: IncomingMessage): void {
  message.destroy(connectionReset());
}

function fill(message: IncomingMessage, head: RequestHead): void {
  inner(message)._addHeaderLines(head.headers.slice(), head.headers.length);
  message.method = head.method;
  message.url = head.target;
  const { httpVersion } = head;
  message.httpVersion = httpVersion;
  if (httpVersion === "1.1") {
    message.httpVersionMajor = 1;
    message.httpVersionMinor = 1;
    return;
  }
  const dot = httpVersion.indexOf(".");
  message.httpVersionMajor = Number(httpVersion[0]);
  message.httpVersionMinor = dot < 0 ? 0 : Number(httpVersion.slice(dot + 1));
}

/** A `_read` for a message whose body is over, or was never there. */
function readEnd(this: IncomingMessage): void {
  consume(this);
  this.push(null);
}

function bodyReader(message: IncomingMessage, body: RequestBody, socket: RequestSocket): () => void {
  let isWaiting = false;
  const pull = () => {
    let chunk: Uint8Array | null | undefined;
    do {
      try {
        chunk = body.read();
      } catch (error) {
        message.destroy(connectionReset(error));
        return;
      }
      if (chunk === undefined) {
        isWaiting = true;
        body.wait(woken);
        return;
      }
      if (chunk === null) message.complete = true;
      else socket.noteActivity();
    } while (message.push(chunk) && chunk !== null);
  };
  const woken = () => {
    isWaiting = false;
    if (!message.destroyed && !message.complete) pull();
  };
  return () => {
    consume(message);
    if (!isWaiting) pull();
  };
}

/** What node's own `_read` does first. */
function consume(message: IncomingMessage): void {
  const internals = inner(message);
  if (internals._consuming) return;
  internals._readableState.readingMore = false;
  internals._consuming = true;
}

/** The error that node destroys an aborted request with. */
function connectionReset(cause?: unknown): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error("aborted", cause === undefined ? undefined : { cause });
  error.code = "ECONNRESET";
  return error;
}
