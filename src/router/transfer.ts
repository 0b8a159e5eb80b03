import { connect, type Socket } from "node:net";
import type { Exchange } from "../app/exchange.ts";
import { UwsgiResponseDecoder } from "../wire/uwsgi/response-decoder.ts";

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
export class Transfer {
  connected = false;
  readonly #exchange: Exchange;
  readonly #packet: string;
  readonly #onEnd: (end: TransferEnd) => void;
  readonly #socket: Socket;
  readonly #decoder: UwsgiResponseDecoder;
  #paused = false;
  /** The request has gone out whole. */
  #sent = false;
  /** The worker ended its half. */
  #ended = false;
  #over = false;
  #excess: number | undefined;

  constructor(exchange: Exchange, packet: string, path: string, onEnd: (end: TransferEnd) => void) {
    this.#exchange = exchange;
    this.#packet = packet;
    this.#onEnd = onEnd;
    this.#decoder = new UwsgiResponseDecoder(exchange.request.method);
    const socket = connect({ path, allowHalfOpen: true });
    this.#socket = socket;
    socket.on("connect", this.#onConnect);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEof);
    socket.on("error", this.#onError);
  }

  /** Gives up connecting. */
  timeOut(error: Error): void {
    this.#finish({ kind: "unreachable", error });
  }

  /** The exchange is over. A worker that has got and given everything may end in its own time. */
  release(): void {
    if (this.#over) return;
    const whole = this.#sent && this.#decoder.whole && !this.#ended;
    if (!whole) {
      this.#finish(OVER);
      return;
    }
    this.#excess = 0;
    this.#socket.unref();
    this.#resume();
  }

  #onConnect = (): void => {
    this.connected = true;
    const socket = this.#socket;
    if (this.#exchange.body === null) {
      this.#sent = true;
      socket.write(this.#packet, "latin1");
      return;
    }
    // What has arrived of the body leaves in the same system call.
    socket.cork();
    socket.write(this.#packet, "latin1");
    this.#pump();
    socket.uncork();
  };

  /** Sends what has arrived of the body, as long as the worker takes it. */
  #pump = (): void => {
    const body = this.#exchange.body!;
    while (!this.#over) {
      let chunk: Uint8Array | null | undefined;
      try {
        chunk = body.read();
      } catch (error) {
        this.#bodyFailed(error as Error);
        return;
      }
      if (chunk === undefined) {
        body.wait(this.#pump);
        return;
      }
      if (chunk === null) {
        this.#sent = true;
        // Without a length the end of our half is the end of the body.
        if (body.length === undefined) this.#socket.end();
        return;
      }
      if (!this.#socket.write(chunk)) {
        this.#socket.once("drain", this.#pump);
        return;
      }
    }
  };

  /** The gateway answers for most bodies that fail, and says so right after them. */
  #bodyFailed(error: Error): void {
    queueMicrotask(() => this.#finish({ kind: "cut-off", error }));
  }

  #onData = (chunk: Buffer): void => {
    if (this.#over) return;
    if (this.#excess === undefined) {
      this.#decoder.push(chunk);
      this.#receive();
    } else {
      this.#excess += chunk.length;
      if (this.#excess > EXCESS_BYTES) this.#finish(OVER);
    }
  };

  #receive(): void {
    const exchange = this.#exchange;
    try {
      while (!this.#over) {
        const event = this.#decoder.next();
        switch (event.type) {
          case "head":
            exchange.respond(event.head.status, event.head.reason, event.head.headers);
            break;
          case "data":
            if (!exchange.write(event.chunk)) this.#pause();
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
    this.#socket.pause();
    this.#exchange.drained(this.#resume);
  }

  #resume = (): void => {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  };

  #onEof = (): void => {
    this.#ended = true;
    if (this.#excess !== undefined) this.#finish(OVER);
    else if (!this.#decoder.begun) this.#lost(new Error("it ended the connection"));
    else {
      this.#decoder.finish();
      this.#receive();
    }
  };

  #onError = (error: Error): void => {
    if (!this.connected) this.#finish({ kind: "unreachable", error });
    else if (this.#excess !== undefined) this.#finish(OVER);
    else if (this.#decoder.begun) this.#finish({ kind: "broken", error });
    else this.#lost(error);
  };

  #lost(error: Error): void {
    this.#finish({ kind: "lost", error });
  }

  #finish(end: TransferEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.destroy();
    this.#onEnd(end);
  }
}
