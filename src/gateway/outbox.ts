import type { Transport } from "../transport/transport.ts";
import type { Sender, WriteBatch } from "./write-batch.ts";

/** Bytes collected into one write; larger chunks go out as they are. */
const COALESCE_BYTES = 16 * 1024;

/**
 * What a connection has to say, gathered until it is flushed, at the latest at the end of this turn of the
 * event loop, so that a head and its small body, or the answers to pipelined requests, leave in one system call.
 */
export class Outbox implements Sender {
  readonly #transport: Transport;
  readonly #batch: WriteBatch;
  /** Whoever set it calls `settle`: nothing is scheduled meanwhile. */
  gathering = false;
  /** What comes before `#text`. */
  #parts: (string | Uint8Array)[] = [];
  /** Latin1, at the end of all that waits. */
  #text = "";
  #size = 0;
  /** Whether the batch has it. */
  #isWaiting = false;
  #isFull = false;

  constructor(transport: Transport, batch: WriteBatch) {
    this.#transport = transport;
    this.#batch = batch;
  }

  /**
   * The peer has not taken what it was told. Until it does, no further request is begun: it could ask for more
   * without end, and all of the answers would wait in memory.
   */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Text is latin1. false: enough is waiting, until `drained`. */
  write(part: string | Uint8Array): boolean {
    if (typeof part === "string") {
      this.#text += part;
    } else {
      this.#closeText();
      this.#parts.push(part);
    }
    this.#size += part.length;
    if (this.#size >= COALESCE_BYTES) this.flush();
    else if (!this.gathering) this.#flushSoon();
    return !this.#isFull;
  }

  /** Enough was gathered. @param isMoreDue it should leave together with what comes in this tick */
  settle(isMoreDue: boolean): void {
    this.gathering = false;
    if (this.#size === 0) return;
    if (!isMoreDue && this.#batch.goesAlone()) this.flush();
    else this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#batch.add(this);
  }

  /** It is this one's turn. */
  send(): void {
    this.#isWaiting = false;
    this.flush();
  }

  flush(): void {
    if (this.#size === 0) return;
    const size = this.#size;
    this.#size = 0;
    if (this.#parts.length === 0) {
      const text = this.#text;
      this.#text = "";
      if (!this.#transport.write(text)) this.#isFull = true;
      return;
    }
    this.#closeText();
    const parts = this.#parts;
    this.#parts = [];
    const more =
      parts.length === 1
        ? this.#transport.write(parts[0]!)
        : size <= COALESCE_BYTES
          ? this.#transport.write(join(parts, size))
          : this.#transport.writeAll(parts);
    if (!more) this.#isFull = true;
  }

  /** What waited has been taken. */
  drained(): void {
    this.#isFull = false;
  }

  #closeText(): void {
    if (this.#text === "") return;
    this.#parts.push(this.#text);
    this.#text = "";
  }
}

function join(parts: readonly (string | Uint8Array)[], size: number): Buffer {
  const all = Buffer.allocUnsafe(size);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") at += all.write(part, at, "latin1");
    else {
      all.set(part, at);
      at += part.length;
    }
  }
  return all;
}
