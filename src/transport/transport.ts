import type { Socket } from "node:net";
import type { StreamHandle } from "./stream-binding.ts";

/** What a connection hears from its transport. */
export interface TransportListener {
  /** Bytes from the peer; the memory is the transport's own and holds something else after the call. */
  arrived(chunk: Buffer): void;
  /** The peer has ended its side. */
  peerEnded(): void;
  /** What waited to be sent has been taken. */
  drained(): void;
  /** It is over, in whatever way: nothing comes after it. @param failure what the system said, where it broke. */
  closed(failure?: Error): void;
}

/** What TLS tells of a connection. */
export interface TlsFacts {
  /** The name in the client's certificate, "/C=NL/O=Example/CN=ann"; undefined: it has shown none. */
  readonly clientName: string | undefined;
  /** The same as RFC 2253 has it, "CN=ann,O=Example,C=NL". */
  readonly clientSubject: string | undefined;
}

/** Bytes to and from a peer, both ways until both sides have ended theirs. */
export interface Transport {
  readonly isUnix: boolean;
  /** Whether another process could go on with it. */
  readonly isMovable: boolean;
  /** "" for a unix socket, and for a peer that was gone before it could be asked. */
  readonly remoteAddress: string;
  /** 0 where it is not known. */
  readonly remotePort: number;
  readonly localAddress: string;
  /** Of TLS; undefined: there is none. */
  readonly tls: TlsFacts | undefined;
  /** Bytes that the kernel has not taken yet. */
  readonly unsent: number;
  /** Our side has ended, or there is nobody left to tell. */
  readonly ended: boolean;

  /** To be called once, at first: nothing is read before. */
  start(listener: TransportListener): void;
  /** Text is latin1. Bytes may not change until they are sent. false: enough is waiting, until `drained`. */
  write(part: string | Uint8Array): boolean;
  /** In one system call, if it may be. */
  writeAll(parts: readonly (string | Uint8Array)[]): boolean;
  pause(): void;
  resume(): void;
  /** Ends our side behind what is waiting; calls back when all of it is sent, or never will be. */
  end(sent: () => void): void;
  /** Closes, whatever is waiting. */
  destroy(): void;
  /** Closes so that the peer cannot take it for a proper end, where the kind of socket can tell. */
  reset(): void;
  /**
   * Hands the connection over as the handle that another process can be sent, where nothing is on its way;
   * the transport is done then. undefined: it cannot.
   */
  handOver(): StreamHandle | undefined;
  /** Hands the connection over as a socket that nobody listens to; the transport is done then. */
  detach(): Socket;
}
