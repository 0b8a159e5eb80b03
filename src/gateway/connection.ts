import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Transport, TransportListener } from "../transport/transport.ts";
import { RefusalError } from "../wire/refusal-error.ts";
import type { BodyQueue } from "./body-queue.ts";
import type { GatewayExchange } from "./exchange.ts";
import type { Gateway, OpenConnection } from "./gateway.ts";
import { Outbox } from "./outbox.ts";
import type { Peer } from "./trust.ts";

/** Milliseconds. Each is looked at by the gateway's sweep. */
export const TIME_LIMITS = {
  /** From the first byte of a head to its last: against slow senders. */
  head: 15_000,
  /** Without a byte of a body that the app waits for. */
  body: 30_000,
  /** Between requests on a kept connection: more than the 60 s that NGINX keeps one. */
  idle: 75_000,
  /** With bytes waiting of which the peer takes none. */
  send: 60_000,
  /** After our end, without a byte: for the peer to read what was said and to close (RFC 9112, section 9.6). */
  linger: 2_000,
  /** After our end, for a peer that goes on sending what nobody wants: NGINX itself gives as long. */
  lingerWhole: 30_000,
  /** For a kept connection to send one more request while draining, before it is closed. */
  drainIdle: 1_000,
};

/**
 * A connection with its codec: the parts that all wires share. A wire's own class turns bytes into
 * exchanges (`receive`) and says what is due when (`overdue`).
 */
export abstract class Connection implements OpenConnection, TransportListener {
  protected readonly gateway: Gateway;
  protected readonly transport: Transport;
  protected readonly peer: Peer;
  protected readonly outbox: Outbox;
  /** The exchange whose response is being sent. */
  protected exchange: GatewayExchange | undefined;
  /** The body of the request being read: bytes go here. */
  protected body: BodyQueue | undefined;
  /** Since when nothing happened, by the gateway's clock; the time limits count from here. */
  protected since: number;
  #pumping = false;
  #isBorrowing = false;
  #lingering = false;
  /** When the last of our bytes was taken, after our end. */
  #flushedAt: number | undefined;
  #paused = false;
  #released = false;
  /** Since when bytes have waited without one of them being taken. */
  #sendingSince: number | undefined;
  #unsent = 0;

  constructor(gateway: Gateway, transport: Transport) {
    this.gateway = gateway;
    this.transport = transport;
    this.peer = gateway.options.trust.peer(transport);
    this.outbox = new Outbox(transport, gateway.writes);
    this.since = gateway.now;
    gateway.add(this);
  }

  /** Takes bytes from the peer; their memory holds something else after the call. */
  protected abstract receive(chunk: Buffer): void;
  /** Takes one event off the codec and acts on it. false: nothing to do before more bytes come, or a response is sent. */
  protected abstract step(): boolean;
  /** Answers a request that cannot be taken, or can be taken no further, and closes. */
  protected abstract refuse(status: number, error: Error): void;
  /** Looks at the wire's own time limits. */
  protected abstract overdue(now: number): void;
  /** The worker drains: finish what was begun, then close. */
  abstract drain(): void;

  tick(now: number): void {
    if (this.#isStuck(now)) {
      this.lost(new Error("The client took no bytes for too long"));
      this.transport.destroy();
    } else if (!this.#lingering) {
      this.overdue(now);
    } else if (this.#flushedAt !== undefined) {
      const late = now - this.since > TIME_LIMITS.linger || now - this.#flushedAt > TIME_LIMITS.lingerWhole;
      if (late) this.transport.destroy();
    }
  }

  cut(error: Error): void {
    this.lost(error);
    this.transport.destroy();
  }

  /** Whether it is kept, for one request after another, and has served one. */
  protected get isKept(): boolean {
    return false;
  }

  get isMovable(): boolean {
    return this.transport.isMovable && this.isKept;
  }

  /** Whether it is between two requests, with nothing of the next one here. */
  protected get isBetween(): boolean {
    return false;
  }

  /** What its bytes are to whoever goes on with it; undefined: nobody can. */
  get protocol(): "http" | "fastcgi" | undefined {
    return undefined;
  }

  get isUnix(): boolean {
    return this.transport.isUnix;
  }

  /** Lets another process go on with a kept connection. undefined: not now. */
  handOver(): object | undefined {
    if (!this.isMovable || !this.isBetween || this.outbox.isFull || this.#paused) return undefined;
    // Its last answer may wait for the end of this turn.
    this.outbox.flush();
    const handle = this.transport.handOver();
    if (handle === undefined) return undefined;
    this.#released = true;
    this.gateway.remove(this);
    return handle;
  }

  /** Acts on what the codec has, until there is nothing to do. */
  protected pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.outbox.gathering = true;
    try {
      while (!this.#lingering && this.step());
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      this.refuse(error.status, error);
    } finally {
      this.#pumping = false;
      // Pipelined requests may be answered in this tick: then their answers leave together.
      this.outbox.settle(this.hasMore);
    }
  }

  /** Acts on what has just arrived, whose memory is lent for the length of the call. */
  protected borrow(): void {
    this.#isBorrowing = true;
    try {
      this.pump();
    } finally {
      this.#isBorrowing = false;
    }
  }

  /** A chunk of what arrived, to be kept beyond the call. */
  protected kept(chunk: Buffer): Buffer {
    return this.#isBorrowing ? Buffer.from(chunk) : chunk;
  }

  /** Whether bytes have arrived that were not looked at yet. */
  protected get hasMore(): boolean {
    return false;
  }

  /** The app asks for body bytes. */
  protected wanted(): void {
    if (this.body?.full || this.#lingering) return;
    this.since = this.gateway.now;
    this.resume();
    this.pump();
  }

  /** The peer's side is at its end, or the socket is gone: what was under way is not to be completed. */
  protected lost(error: Error): void {
    this.exchange?.lost(error);
    this.body?.fail(error);
  }

  /** Whether somebody is to be told when it is lost: making the error takes longer than most of a request. */
  get #isBusy(): boolean {
    return this.exchange !== undefined || this.body !== undefined;
  }

  /** A response that is all there, to be finished next. @param length of the body, bytes */
  protected sendWhole(head: string, body: string | Uint8Array, length: number | undefined): void {
    // Whether it leaves by itself is decided when all of it is gathered, by `pump`.
    this.outbox.gathering = true;
    if (isAscii(body, length)) {
      this.send(head + body);
    } else {
      this.send(head);
      this.send(typeof body === "string" ? Buffer.from(body) : body);
    }
  }

  protected send(part: string | Uint8Array): boolean {
    const more = this.outbox.write(part);
    this.gateway.garbage.passed(part.length);
    if (!more) this.#sendingSince ??= this.gateway.now;
    return more;
  }

  protected pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.transport.pause();
  }

  protected resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.transport.resume();
  }

  /**
   * Ends our side and waits for the peer to do the same, throwing away what it still sends:
   * closing with unread bytes would reset the connection and take our last words with it.
   * @param isPeerDone it has sent all that it ever will: then there is nothing to wait for
   */
  protected close(isPeerDone = false): void {
    if (this.#lingering) return;
    this.#lingering = true;
    this.outbox.flush();
    // TLS has a goodbye of its own.
    if (isPeerDone && this.transport.unsent === 0 && this.transport.tls === undefined) {
      this.transport.destroy();
      return;
    }
    // A slow client may take longer for the rest than it may linger after it.
    if (this.transport.unsent > 0) this.#sendingSince ??= this.gateway.now;
    this.transport.end(() => {
      this.#sendingSince = undefined;
      this.#flushedAt = this.since = this.gateway.now;
    });
    this.resume();
  }

  protected get closing(): boolean {
    return this.#lingering;
  }

  /** Lets go of the connection, for an app that upgrades it. */
  protected release(): Socket {
    this.outbox.flush();
    this.#released = true;
    return this.transport.detach();
  }

  arrived(chunk: Buffer): void {
    this.gateway.garbage.passed(chunk.length);
    if (this.#lingering) this.since = this.gateway.now;
    else this.receive(chunk);
  }

  peerEnded(): void {
    // A peer that ends its side has gone: NGINX, browsers and curl never half-close.
    if (!this.#lingering && this.#isBusy) this.lost(new Error("The client closed the connection"));
    this.outbox.flush();
    this.transport.end(ignore);
  }

  /** Whether bytes have waited too long without one of them being taken. */
  #isStuck(now: number): boolean {
    if (this.#sendingSince === undefined) return false;
    const { unsent } = this.transport;
    if (unsent !== this.#unsent) {
      this.#unsent = unsent;
      this.#sendingSince = now;
    }
    return now - this.#sendingSince > TIME_LIMITS.send;
  }

  drained(): void {
    this.#sendingSince = undefined;
    this.outbox.drained();
    if (this.exchange) {
      this.exchange.wake();
    } else if (!this.#lingering) {
      this.resume();
      this.pump();
    }
  }

  closed(): void {
    if (!this.#released && this.#isBusy) this.lost(new Error("The connection was lost"));
    this.gateway.remove(this);
  }
}

/** Whether a body is text that may leave in one piece with its head: as many bytes as characters. */
export function isAscii(body: string | Uint8Array, length: number | undefined): body is string {
  return typeof body === "string" && body.length === length;
}

function ignore(): void {}
