import type { Exchange } from "../app/exchange.ts";
import type { Transport } from "../transport/transport.ts";

/** Sends a request, the packet and the body behind it, as fast as the worker takes it. */
export class RequestSender {
  /** It has gone out whole. */
  sent = false;
  /** All that was sent went out in one write, which was taken at once or not at all: it can be sent to another. */
  isOneWrite = true;
  /** What that write had of the body. */
  first: Uint8Array | undefined;
  readonly #exchange: Exchange;
  readonly #transport: Transport;
  readonly #onFailed: (error: Error) => void;
  /** The worker is to take first what was sent. */
  #stalled = false;
  #over = false;

  /** @param onFailed the body was cut off. */
  constructor(exchange: Exchange, transport: Transport, onFailed: (error: Error) => void) {
    this.#exchange = exchange;
    this.#transport = transport;
    this.#onFailed = onFailed;
  }

  /** @param first what was read of the body when the request was sent to another. */
  start(packet: string, first?: Uint8Array): void {
    if (this.#exchange.body === null) {
      this.isOneWrite = this.#transport.write(packet);
      this.sent = true;
    } else {
      this.#pump(packet, first);
    }
  }

  /** The worker has taken what waited. */
  drained(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#pump();
  }

  stop(): void {
    this.#over = true;
    this.first = undefined;
  }

  readonly #wake = (): void => this.#pump();

  /** @param before what comes before what is read next. */
  #pump(before?: string, again?: Uint8Array): void {
    const body = this.#exchange.body!;
    let leading = before;
    let chunk: Uint8Array | null | undefined = again;
    while (!this.#over) {
      try {
        chunk ??= body.read();
      } catch (error) {
        this.#failed(error as Error);
        return;
      }
      // Asking for bytes may have ended it all.
      if (this.#over) return;
      let more = true;
      const isFirst = leading !== undefined;
      if (chunk && leading !== undefined) more = this.#transport.writeAll([leading, chunk]);
      else if (chunk) more = this.#transport.write(chunk);
      else if (leading !== undefined) more = this.#transport.write(leading);
      leading = undefined;
      if (chunk === null) {
        this.sent = true;
        // Without a length the end of our half is the end of the body.
        if (body.length === undefined) this.#transport.end(ignore);
        return;
      }
      this.#note(isFirst && more, chunk);
      if (!more) {
        this.#stalled = true;
        return;
      }
      if (chunk === undefined) {
        body.wait(this.#wake);
        return;
      }
      chunk = undefined;
    }
  }

  #note(isOneWrite: boolean, chunk: Uint8Array | undefined): void {
    if (!isOneWrite && chunk === undefined) return;
    this.isOneWrite = isOneWrite;
    this.first = isOneWrite ? chunk : undefined;
  }

  /** The gateway answers for most bodies that fail, and says so right after them. */
  #failed(error: Error): void {
    queueMicrotask(() => {
      if (!this.#over) this.#onFailed(error);
    });
  }
}

function ignore(): void {}
