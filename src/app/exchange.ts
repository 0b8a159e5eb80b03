import type { Duplex } from "node:stream";

/**
 * The request as it came off a wire: what an adapter needs, and nothing of how it came.
 * Header lists hold names and values in turn, `[name, value, name, value, …]`, in the order
 * in which they arrived, duplicates kept (RFC 9110, section 5.3).
 */
export interface RequestHead {
  /** The method token, case kept (RFC 9110, section 9.1). */
  readonly method: string;
  /** Path and query in origin form, percent-encoding as it was sent; `*` for `OPTIONS *` (RFC 9112, section 3.2). */
  readonly target: string;
  /** The version the client spoke, as far as it is known: "1.1". */
  readonly httpVersion: string;
  readonly headers: readonly string[];
  readonly scheme: "http" | "https";
  /** The authority asked for: the checked Host, with its port where it has one. */
  readonly host: string;
  /** The client's address as a trusted peer told it, else the peer's own; "" where a unix peer told none. */
  readonly remoteAddress: string;
  /** 0 where it is not known. */
  readonly remotePort: number;
  /** The CGI meta-variables (RFC 3875, section 4.1), made when first asked for. */
  variables(): Readonly<Record<string, string>>;
  /**
   * What `variables` has beyond the members above, with Host: names and values in turn, each name once. It is quicker
   * to make and to go through; undefined, or missing: there is no such list of this request.
   */
  otherVariables?(): readonly string[] | undefined;
}

/** A request body, pulled by its reader, so that a slow app slows the sender. One reader only. */
export interface RequestBody {
  /** The declared length in bytes; undefined where it is chunked. */
  readonly length: number | undefined;
  /** What has arrived and was not yet taken; undefined: nothing yet; null: the body is complete. Throws when it was cut off. */
  read(): Uint8Array | null | undefined;
  /** Calls `wake` once, as soon as `read` would return something or throw. */
  wait(wake: () => void): void;
}

/** How an exchange ended: "complete" when both messages went through whole. */
export type Outcome = "complete" | "aborted";

/**
 * One request and its response, between the gateway and an adapter. The gateway sees to framing
 * (Content-Length, chunked, records), to HEAD, 204 and 304 having no body on the wire, and to
 * hop-by-hop fields, on every wire alike. An adapter says what the app said.
 */
export interface Exchange {
  readonly request: RequestHead;
  /** null where the request has no body. */
  readonly body: RequestBody | null;
  /** Aborted when the client goes away or the request times out, never after a complete exchange. */
  readonly signal: AbortSignal;
  /** Whether `respond` was called. */
  readonly started: boolean;
  readonly ended: boolean;

  /** Sends a 1xx response (RFC 9110, section 15.2); dropped on wires that cannot carry it. */
  inform(status: number, headers: readonly string[]): void;
  /**
   * Starts the response. `reason` undefined: the standard phrase.
   * @throws TypeError for a status outside 200–999 or a header that could not be sent safely (RFC 9110, section 5.5); nothing was sent then.
   */
  respond(status: number, reason: string | undefined, headers: readonly string[]): void;
  /**
   * Responds with a body that is all there, and ends; a string goes out as UTF-8. Content-Length is added where
   * `headers` have none.
   * @throws TypeError as `respond` does.
   */
  respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array | undefined,
  ): void;
  /**
   * Sends body bytes. false: enough is waiting; go on after `drained`. A chunk of 64 kB or more has left for the
   * kernel when this returns true, or else when `drained` wakes and the exchange is not over: its memory may be
   * used again (static-send.ts does). Bytes for a HEAD, 204 or 304 are dropped.
   */
  write(chunk: Uint8Array): boolean;
  /** Calls `wake` once when more may be written, or when the exchange is over. */
  drained(wake: () => void): void;
  end(): void;
  /** Cuts the connection off, so that the client sees a broken response instead of a short one. */
  abort(reason?: unknown): void;
  /** Calls `listener` once, when the exchange is over. */
  onClose(listener: (outcome: Outcome) => void): void;
  /** Whether a path, percent-encoded, is one whose file this exchange would send for X-Accel-Redirect; undefined: none is. */
  sends?(path: string): boolean;
  /** Hands the connection over to an app that upgrades it (RFC 9110, section 7.8); undefined where the wire has none to give. */
  upgrade: (() => { socket: Duplex; head: Buffer }) | undefined;
}

/** An app, loaded: anything that answers exchanges. */
export interface App {
  /** What it was recognised as, for the log: "fetch handler", "node listener", "Fastify", … */
  readonly kind: string;
  /** Answers. A throw or a rejection before `respond` becomes a 500, after it a cut-off response. */
  handle(exchange: Exchange): void | Promise<void>;
  /** No more requests come but on connections that there are: lets go of what it keeps for them. */
  drain?(): void;
  /** A process that works for it is gone. @param numbers of requests that it had taken, answered or not */
  lost?(pid: number, numbers: readonly number[]): void;
  /** What the app wants done before its worker exits (Fastify's onClose hooks). */
  close?(): Promise<void>;
}
