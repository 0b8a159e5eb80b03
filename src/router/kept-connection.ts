import type { Exchange } from "../app/exchange.ts";
import { connectTo } from "../transport/connect.ts";
import type { Transport, TransportListener } from "../transport/transport.ts";
import { FRAME, type Frame, FrameDecoder } from "../wire/uwsgi/frame-decoder.ts";
import { UwsgiResponseError } from "../wire/uwsgi/response-decoder.ts";
import { keptBody } from "./kept-body.ts";
import { rememberedHead } from "./remembered-head.ts";
import { RequestSender } from "./request-sender.ts";

/** A request as a connection carries it. */
export interface Carried {
  readonly exchange: Exchange;
  readonly packet: string;
  /** What was read of the body for a worker that never saw it. */
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
  /** A worker's thread waits on it for a request. */
  freed(connection: KeptConnection): void;
  /** It is over. @param error it was never made */
  gone(connection: KeptConnection, error: Error | undefined): void;
}

/** A connection to a Python worker's thread that carries one request after another (docs/adr/0021). */
export class KeptConnection implements TransportListener {
  readonly #keeper: Keeper;
  readonly #transport: Transport;
  readonly #frames = new FrameDecoder();
  /** Until its response is whole. */
  #carried: Carried | undefined;
  #sender: RequestSender | undefined;
  /** A byte of the response has come. */
  #begun = false;
  #paused = false;
  /** Nothing that is sent from now on is read. */
  #last = false;
  /** The body of the last request ended with our half, or was not sent to its end. */
  #spent = false;
  #over = false;

  /** @param direct on node's handles, where it has them (docs/adr/0015). */
  constructor(path: string, direct: boolean, keeper: Keeper) {
    this.#keeper = keeper;
    const { transport } = connectTo(path, direct, "", (error) => {
      if (error) this.#end(error);
      else transport.start(this);
    });
    this.#transport = transport;
  }

  /** To be called of one that was freed. */
  carry(carried: Carried): void {
    this.#carried = carried;
    this.#begun = false;
    const { exchange, packet, first } = carried;
    const sender = new RequestSender(exchange, this.#transport, (error) => this.#fail("cut-off", error));
    this.#sender = sender;
    this.#spent = exchange.body !== null && exchange.body.length === undefined;
    sender.start(packet, first);
  }

  /** The exchange of what it carries is over. */
  release(carried: Carried): void {
    if (this.#carried === carried) this.close();
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
    const { flags } = frame;
    if ((flags & FRAME.last) !== 0) this.#last = true;
    if (frame.head !== "" || frame.body.length > 0 || (flags & (FRAME.end | FRAME.cut)) !== 0)
      this.#respond(frame);
    if (this.#over || this.#carried !== undefined) return;
    if (this.#last || this.#spent) this.#end();
    else if ((flags & FRAME.free) !== 0) this.#keeper.freed(this);
  }

  #respond(frame: Frame): void {
    const carried = this.#carried;
    if (carried === undefined) throw new UwsgiResponseError("a response to no request");
    try {
      this.#pass(frame, carried);
    } catch (error) {
      // What it has to do with is not over yet.
      this.#carried = carried;
      throw error;
    }
  }

  #pass({ flags, head, body }: Frame, carried: Carried): void {
    const { exchange } = carried;
    const isWhole = (flags & FRAME.end) !== 0;
    if (head !== "" && this.#begun) throw new UwsgiResponseError("a second head");
    if (head === "" && !this.#begun && (flags & FRAME.cut) === 0)
      throw new UwsgiResponseError("a body without a head");
    this.#begun = true;
    // The exchange may be over within the calls below, and with it what is carried.
    if (isWhole) this.#settle();
    if (head !== "") {
      const { status, reason, headers } = rememberedHead(head);
      if (isWhole) {
        exchange.respondWith(status, reason, headers, keptBody(body));
        return;
      }
      exchange.respond(status, reason, headers);
    }
    // The transport's own memory: it holds something else when this is sent.
    if (body.length > 0 && !exchange.write(Buffer.from(body)) && !isWhole) this.#pause();
    if (isWhole) exchange.end();
    else if ((flags & FRAME.cut) !== 0) {
      this.#settle();
      carried.failed("broken", new UwsgiResponseError("it was cut off by the worker"));
    }
  }

  /** The worker has said all that it has to say to this request. */
  #settle(): void {
    if (!this.#sender!.sent) this.#spent = true;
    this.#forget();
  }

  #forget(): void {
    this.#carried = undefined;
    this.#sender?.stop();
    this.#sender = undefined;
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
    if (this.#begun) this.#fail("broken", error);
    else this.#fail(this.#isUnbegun(error) ? "unbegun" : "lost", error);
  }

  /**
   * Whether no worker can have read the request. A first write to a connection that had ended takes nothing
   * (EPIPE). One that is closed with unread bytes resets (unix_release_sock of Linux), and a request without a
   * body is read whole before anything is done with it.
   */
  #isUnbegun({ code }: NodeJS.ErrnoException): boolean {
    const body = this.#carried?.exchange.body;
    if (code === "EPIPE") return this.#sender?.isOneWrite === true;
    return code === "ECONNRESET" && (!body || body.length === 0);
  }

  #fail(kind: Failure, error: Error): void {
    if (this.#over) return;
    const carried = this.#carried;
    if (carried) carried.first = kind === "unbegun" ? this.#sender!.first : undefined;
    this.close();
    carried?.failed(kind, error);
  }

  #end(error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    this.#transport.destroy();
    this.#keeper.gone(this, error);
  }
}
