import type { Socket } from "node:net";

/** Bytes collected into one write; larger chunks go out as they are. */
const COALESCE_BYTES = 16 * 1024;

/**
 * What a connection has to say, gathered for the length of a tick, so that a head and its small
 * body, or the answers to pipelined requests, leave in one system call.
 */
export class Outbox {
  readonly #socket: Socket;
  #held: (string | Uint8Array)[] = [];
  #size = 0;
  #scheduled = false;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Text is latin1. false: enough is waiting in the socket. */
  write(part: string | Uint8Array): boolean {
    this.#held.push(part);
    this.#size += part.length;
    if (this.#size >= COALESCE_BYTES) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(this.#flush);
    }
    return !this.#socket.writableNeedDrain;
  }

  flush(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    const size = this.#size;
    this.#size = 0;
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (held.length === 1) {
      const only = held[0]!;
      if (typeof only === "string") this.#socket.write(only, "latin1");
      else this.#socket.write(only);
      return;
    }
    if (size <= COALESCE_BYTES) {
      this.#socket.write(join(held, size));
      return;
    }
    this.#socket.cork();
    for (const part of held) {
      if (typeof part === "string") this.#socket.write(part, "latin1");
      else this.#socket.write(part);
    }
    this.#socket.uncork();
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
