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
  _storeHeader(firstLine: string, headers: unknown): void;
  _closed: boolean;
}

export function inner(message: IncomingMessage): IncomingMessage & ServerSideMessage {
  return message as IncomingMessage & ServerSideMessage;
}

/** Looked up once: whether `write` returned false, and "drain" is owed. */
const needDrain = symbolOf(new ServerResponse(new IncomingMessage(undefined as never)), "kNeedDrain");
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

function symbolOf(holder: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(holder).find((symbol) => symbol.description === description);
}
