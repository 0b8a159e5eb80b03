import type { Exchange } from "../app/exchange.ts";
import { connectTo } from "../transport/connect.ts";
import type { Transport, TransportListener } from "../transport/transport.ts";
import { FRAME, type Frame, FrameDecoder } from "../wire/uwsgi/frame-decoder.ts";
import { UwsgiResponseError } from "../wire/uwsgi/response-decoder.ts";
import { keptBody } from "./kept-body.ts";
import { rememberedHead } from "./remembered-head.ts";
import { RequestSender } from "./request-sender.ts";

/** A request that a worker's thread has taken. */
export interface Carried {
  readonly exchange: Exchange;
  readonly packet: string;
  /** What was read of the body so far. */
  first: Uint8Array | undefined;
  /** It failed; called once, when the connection is of no use to it any more. */
  failed(kind: Failure, error: Error): void;
}

/**
 * unbegun: no worker has acted on it. lost: the connection ended before a byte of the response. broken: the
 * response cannot be read, or ended too early. cut-off: the request did.
 */
export type Failure = "unbegun" | "lost" | "broken" | "cut-off";

/** What a connection tells those who keep it. */
export interface Keeper {
  /** A worker's thread takes requests. */
  joined(connection: KeptConnection): void;
  /** Its thread has taken the request of that number. undefined: nobody waits for it any more. */
  taken(number: number, connection: KeptConnection): Carried | undefined;
  /** Its thread is done with the request of that number. */
  settled(number: number): void;
  /** It is over. @param error it was never made */
  gone(connection: KeptConnection, error: Error | undefined): void;
}

/** What is said to a thread between packets, four bytes and a number: no packet begins so, it would be empty. */
const ORDER = { cancel: 1, leave: 2 } as const;

/**
 * A connection to a Python worker's thread, which takes requests out of a queue and answers them here, one after
 * the other (docs/adr/0023). Those that the queue cannot hold go over it too, once they are claimed.
 */
export class KeptConnection implements TransportListener {
  /** Of the worker's process, once its thread has joined. */
  pid: number | undefined;
  readonly #keeper: Keeper;
  readonly #transport: Transport;
  readonly #frames = new FrameDecoder();
  /** Of the request that its thread is known to be at work on; 0: none. */
  #number = 0;
  /** That request, as long as somebody waits for it. */
  #carried: Carried | undefined;
  /** Of one that was claimed. */
  #sender: RequestSender | undefined;
  /** A byte of the response has come. */
  #begun = false;
  #paused = false;
  /** Its thread is to hear so, as soon as it can. */
  #leaving = false;
  #over = false;

  /**
   * @param queue the path of the queue that its thread takes from
   * @param direct on node's handles, where it has them (docs/adr/0015).
   */
  constructor(path: string, queue: string, direct: boolean, keeper: Keeper) {
    this.#keeper = keeper;
    const name = Buffer.from(queue).toString("latin1");
    const opening = String.fromCharCode(name.length & 0xff, name.length >> 8) + name;
    const { transport } = connectTo(path, direct, opening, (error) => {
      if (error) this.#end(error);
      else transport.start(this);
    });
    this.#transport = transport;
  }

  /** The exchange of what it carries is over. */
  release(carried: Carried): void {
    if (this.#carried !== carried) return;
    // A thread that waits for more of the body sees the end of it; no other request is behind this one.
    if (this.#sender?.sent === false) {
      this.close();
      return;
    }
    this.#carried = undefined;
    this.#resume();
    this.#order(ORDER.cancel, this.#number);
  }

  /** Its thread may take another router's requests too: this one is about to go. */
  leave(): void {
    this.#leaving = true;
    // Behind what is still to be sent of a body it would be part of it.
    if (this.#sender === undefined) this.#order(ORDER.leave, 0);
  }

  /** Lets go of it. */
  close(): void {
    this.#carried = undefined;
    this.#end();
  }

  drained(): void {
    this.#sender?.drained();
  }

  arrived(chunk: Buffer): void {
    if (this.#over) return;
    this.#frames.push(chunk);
    try {
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.#take(frame);
        if (this.#over) return;
      }
    } catch (error) {
      this.#fail("broken", error as Error);
    }
  }

  #take(frame: Frame): void {
    const { flags, number } = frame;
    if ((flags & FRAME.joined) !== 0) {
      this.pid = number;
      this.#keeper.joined(this);
      return;
    }
    if (number !== this.#number) this.#begin(number);
    if ((flags & FRAME.claim) !== 0) this.#send();
    else this.#respond(frame);
  }

  #begin(number: number): void {
    if (this.#number !== 0) throw new UwsgiResponseError("a response within another");
    this.#number = number;
    this.#begun = false;
    this.#carried = this.#keeper.taken(number, this);
  }

  #send(): void {
    const carried = this.#carried;
    if (carried === undefined) {
      this.close();
      return;
    }
    const { exchange, packet, first } = carried;
    this.#sender = new RequestSender(exchange, this.#transport, (error) => this.#fail("cut-off", error));
    this.#sender.start(packet, first);
  }

  #respond(frame: Frame): void {
    const carried = this.#carried;
    const isFirst = !this.#begun;
    this.#begun = true;
    const isOver = (frame.flags & (FRAME.end | FRAME.cut)) !== 0;
    // The exchange may be over within the calls below, and with it what is carried.
    if (isOver) this.#settle();
    if (carried === undefined) {
      // Its client had gone before anybody took it.
      if (!isOver && isFirst) this.#order(ORDER.cancel, frame.number);
      return;
    }
    try {
      this.#pass(frame, carried, isFirst, isOver);
    } catch (error) {
      // The frames are well, it is this response that cannot be sent: the thread may have the next request by now.
      if (!isOver) {
        this.#carried = undefined;
        this.#order(ORDER.cancel, frame.number);
      }
      carried.failed("broken", error as Error);
    }
  }

  #pass({ flags, head, body }: Frame, carried: Carried, isFirst: boolean, isOver: boolean): void {
    const { exchange } = carried;
    const isWhole = (flags & FRAME.end) !== 0;
    if (head !== "" && !isFirst) throw new UwsgiResponseError("a second head");
    if (head === "" && isFirst && (flags & FRAME.cut) === 0)
      throw new UwsgiResponseError("a body without a head");
    if (head !== "") {
      const { status, reason, headers } = rememberedHead(head);
      if (isWhole) {
        exchange.respondWith(status, reason, headers, keptBody(body));
        return;
      }
      exchange.respond(status, reason, headers);
    }
    // The transport's own memory: it holds something else when this is sent.
    if (body.length > 0 && !exchange.write(Buffer.from(body)) && !isOver) this.#pause();
    if (isWhole) exchange.end();
    else if (isOver) carried.failed("broken", new UwsgiResponseError("it was cut off by the worker"));
  }

  /** Its thread has said all that it has to say to this request. */
  #settle(): void {
    const number = this.#number;
    this.#forget();
    if (this.#leaving) this.#order(ORDER.leave, 0);
    if (number !== 0) this.#keeper.settled(number);
  }

  #forget(): void {
    this.#number = 0;
    this.#carried = undefined;
    this.#sender?.stop();
    this.#sender = undefined;
  }

  #order(order: number, number: number): void {
    if (this.#over || this.#transport.ended) return;
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(order * 2 ** 24, 0);
    bytes.writeUInt32LE(number, 4);
    this.#transport.write(bytes);
  }

  #pause(): void {
    if (this.#paused || this.#over) return;
    this.#paused = true;
    this.#transport.pause();
    this.#carried?.exchange.drained(this.#resume);
  }

  readonly #resume = (): void => {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  };

  peerEnded(): void {
    this.#lost(new Error("it ended the connection"));
  }

  closed(failure?: Error): void {
    this.#lost(failure ?? new Error("the connection is gone"));
  }

  #lost(error: NodeJS.ErrnoException): void {
    if (this.#begun && this.#number !== 0) this.#fail("broken", error);
    else this.#fail(this.#isUnbegun(error) ? "unbegun" : "lost", error);
  }

  /**
   * Whether no worker can have read a request that was claimed. A first write to a connection that had ended takes
   * nothing (EPIPE). One that is closed with unread bytes resets (unix_release_sock of Linux), and a request
   * without a body is read whole before anything is done with it.
   */
  #isUnbegun({ code }: NodeJS.ErrnoException): boolean {
    if (this.#sender === undefined) return false;
    const body = this.#carried?.exchange.body;
    if (code === "EPIPE") return this.#sender.isOneWrite;
    return code === "ECONNRESET" && (!body || body.length === 0);
  }

  #fail(kind: Failure, error: Error): void {
    if (this.#over) return;
    const carried = this.#carried;
    if (carried && this.#sender) carried.first = kind === "unbegun" ? this.#sender.first : undefined;
    this.close();
    carried?.failed(kind, error);
  }

  #end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    const number = this.#number;
    this.#forget();
    this.#transport.destroy();
    if (number !== 0) this.#keeper.settled(number);
    this.#keeper.gone(this, error);
  }
}
