import { IncomingMessage, ServerResponse } from "./node-http.ts";

/**
 * The members of node's http messages that node's own server uses and its documentation does not
 * name. An adapter that gives apps the real classes has to do to them what that server does. They
 * are all named here; their tests run on every node version that is supported.
 */
export interface ServerSideMessage {
  /** Whether the connection is to be taken over. */
  upgrade: boolean | null;
  /** Whether somebody reads the body. */
  _consuming: boolean;
  readonly _readableState: { readingMore: boolean; resumeScheduled: boolean };
  _addHeaderLines(headers: string[], count: number): void;
  /** Reads to the end without giving anybody the data. */
  _dump(): void;
}

/** The same of a response. */
export interface ServerSideResponse {
  chunkedEncoding: boolean;
  readonly useChunkedEncodingByDefault: boolean;
  /** Whether a body may follow: not for HEAD, 204, 304. */
  readonly _hasBody: boolean;
  /** The body's length, where it is known; null: it is not. */
  _contentLength: number | null;
  _removedConnection: boolean;
  _removedContLen: boolean;
  _header: string | null;
  _headerSent: boolean;
  _closed: boolean;
  /** Makes the head of the status line and either `setHeader`'s own table or what `writeHead` was given. */
  _storeHeader(firstLine: string, headers: unknown): void;
  /** Sends the head where it was not yet sent, and some of the body. */
  _send(
    data: string | Uint8Array,
    encoding?: BufferEncoding | null,
    callback?: ((error?: Error) => void) | null,
    length?: number,
  ): boolean;
  /** Called by `end` once all was given to the socket. */
  _finish(): void;
}

export function inner(message: IncomingMessage): IncomingMessage & ServerSideMessage {
  return message as IncomingMessage & ServerSideMessage;
}

/** Looked up once: whether `write` returned false, and "drain" is owed. */
const needDrain = symbolOf(new ServerResponse(new IncomingMessage(undefined as never)), "kNeedDrain");
/** Looked up once: `setHeader`'s table, by small letters the name and the value. */
const outHeaders = symbolOf(new ServerResponse(new IncomingMessage(undefined as never)), "kOutHeaders");
/** From node 26 on: what keeps `request.signal` from aborting when a kept connection closes later. */
const detachAbortSignal = symbolOf(IncomingMessage.prototype, "kDetachAbortSignal");

/** Pays the "drain" that a response owes, as node's server does when the socket has drained. */
export function emitDrain(response: ServerResponse): void {
  const flags = response as unknown as Record<symbol, boolean>;
  if (response.writableEnded || needDrain === undefined || !flags[needDrain]) return;
  flags[needDrain] = false;
  response.emit("drain");
}

/** From here on the socket's end is no longer the request's. */
export function detachSignal(request: IncomingMessage): void {
  if (detachAbortSignal === undefined) return;
  (request as unknown as Record<symbol, () => void>)[detachAbortSignal]?.();
}

/** Marks a response as closed and tells it, once. */
export function emitClose(response: ServerResponse): void {
  const { _closed } = response as unknown as ServerSideResponse;
  if (_closed) return;
  response.destroyed = true;
  (response as unknown as ServerSideResponse)._closed = true;
  response.emit("close");
}

/** What `setHeader` has kept; undefined where this node keeps it elsewhere, which no value equals. */
export function outHeadersOf(response: ServerResponse): unknown {
  return outHeaders && (response as unknown as Record<symbol, unknown>)[outHeaders];
}

/**
 * `new Class(argument)`, made with another prototype from the start. V8 changes an object's prototype
 * by going over all its properties, and the two messages have a hundred.
 */
export function constructorOf<Argument, Instance extends object>(
  Class: new (argument: Argument) => Instance,
  prototype: Instance,
): (argument: Argument) => Instance {
  if (prototype === Class.prototype) return (argument) => new Class(argument);
  function Target(): void {}
  // By what is above it V8 estimates how many properties an object will have.
  Object.setPrototypeOf(Target, Class);
  Target.prototype = prototype;
  return (argument) => Reflect.construct(Class, [argument], Target) as Instance;
}

function symbolOf(holder: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description);
}
