import type { Exchange } from "../app/exchange.ts";
import { connectTo } from "../transport/connect.ts";
import type { Transport, TransportListener } from "../transport/transport.ts";
import { UwsgiResponseDecoder } from "../wire/uwsgi/response-decoder.ts";
import { keptBody } from "./kept-body.ts";
import { RequestSender } from "./request-sender.ts";

/** How a transfer came to its end. */
export type TransferEnd =
  /** The exchange is over, whole or not, and nothing is to be said. */
  | { readonly kind: "over" }
  | {
      /**
       * unreachable: there is no connection, and nothing of the body was read. lost: it ended before a byte
       * of the response. broken: the response cannot be read, or ended too early. cut-off: the request did.
       */
      readonly kind: "unreachable" | "lost" | "broken" | "cut-off";
      readonly error: Error;
    };

/** Bytes thrown away behind a response that is whole, before its connection is destroyed. */
const EXCESS_BYTES = 1024 * 1024;

const OVER: TransferEnd = { kind: "over" };

/**
 * One exchange over one uwsgi connection: the packet and the body there, the response back, each no
 * faster than its reader takes it. `onEnd` is called once, when the worker at the other end is free:
 * for a response whose length was told that is after the exchange, since the app's own close comes last.
 */
export class Transfer implements TransportListener {
  /** From now on a worker may act on the request. */
  connected: boolean;
  readonly #exchange: Exchange;
  readonly #packet: string;
  readonly #onEnd: (end: TransferEnd) => void;
  readonly #transport: Transport;
  readonly #decoder: UwsgiResponseDecoder;
  #paused = false;
  readonly #sender: RequestSender;
  /** The worker ended its half. */
  #ended = false;
  #over = false;
  #excess: number | undefined;

  /** @param direct on node's handles, where it has them (docs/adr/0015). */
  constructor(
    exchange: Exchange,
    packet: string,
    path: string,
    direct: boolean,
    onEnd: (end: TransferEnd) => void,
  ) {
    this.#exchange = exchange;
    this.#packet = packet;
    this.#onEnd = onEnd;
    this.#decoder = new UwsgiResponseDecoder(exchange.request.method);
    // A body is not touched before there is a connection; what has arrived of it leaves with the packet then.
    const opening = exchange.body === null ? packet : "";
    const { transport, isTaken } = connectTo(path, direct, opening, (error) => this.#connected(error));
    this.#transport = transport;
    this.#sender = new RequestSender(exchange, transport, (error) =>
      this.#finish({ kind: "cut-off", error }),
    );
    this.connected = isTaken;
  }

  /** Gives up connecting. */
  timeOut(error: Error): void {
    this.#finish({ kind: "unreachable", error });
  }

  /** The exchange is over. A worker that has got and given everything may end in its own time. */
  release(): void {
    if (this.#over) return;
    const whole = this.#sender.sent && this.#decoder.whole && !this.#ended;
    if (!whole) {
      this.#finish(OVER);
      return;
    }
    this.#excess = 0;
    this.#resume();
  }

  #connected(error: Error | undefined): void {
    if (error) {
      // A worker that has taken something of the request may have acted on it.
      this.#finish({ kind: this.connected ? "lost" : "unreachable", error });
      return;
    }
    this.connected = true;
    this.#transport.start(this);
    if (this.#exchange.body === null) this.#sender.sent = true;
    else this.#sender.start(this.#packet);
  }

  drained(): void {
    this.#sender.drained();
  }

  arrived(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#excess === undefined) {
      this.#decoder.push(chunk);
      this.#receive();
      this.#decoder.own();
    } else {
      this.#excess += chunk.length;
      if (this.#excess > EXCESS_BYTES) this.#finish(OVER);
    }
  }

  #receive(): void {
    const exchange = this.#exchange;
    try {
      while (!this.#over) {
        const event = this.#decoder.next();
        switch (event.type) {
          case "whole": {
            const { status, reason, headers } = event.head;
            exchange.respondWith(status, reason, headers, keptBody(event.body));
            return;
          }
          case "head":
            exchange.respond(event.head.status, event.head.reason, event.head.headers);
            break;
          case "data":
            // The transport's own memory: it holds something else when this is sent.
            if (!exchange.write(Buffer.from(event.chunk))) this.#pause();
            break;
          case "end":
            exchange.end();
            return;
          default:
            return;
        }
      }
    } catch (error) {
      this.#finish({ kind: "broken", error: error as Error });
    }
  }

  #pause(): void {
    if (this.#paused || this.#over) return;
    this.#paused = true;
    this.#transport.pause();
    this.#exchange.drained(this.#resume);
  }

  readonly #resume = (): void => {
    if (!this.#paused) return;
    this.#paused = false;
    this.#transport.resume();
  };

  peerEnded(): void {
    this.#ended = true;
    if (this.#over) return;
    if (this.#excess !== undefined) this.#finish(OVER);
    else if (!this.#decoder.begun) this.#lost(new Error("it ended the connection"));
    else {
      this.#decoder.finish();
      this.#receive();
    }
  }

  closed(failure?: Error): void {
    if (this.#over) return;
    if (this.#excess !== undefined) this.#finish(OVER);
    else this.#broken(failure ?? new Error("the connection is gone"));
  }

  #broken(failure: Error): void {
    if (this.#decoder.begun) this.#finish({ kind: "broken", error: failure });
    else this.#lost(failure);
  }

  #lost(error: Error): void {
    this.#finish({ kind: "lost", error });
  }

  #finish(end: TransferEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#sender.stop();
    this.#transport.destroy();
    this.#onEnd(end);
  }
}
