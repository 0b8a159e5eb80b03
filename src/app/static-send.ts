import { read, readSync } from "node:fs";
import type { ByteRange } from "./byte-ranges.ts";
import type { Exchange } from "./exchange.ts";

/** Bytes that are read at once, and in the same tick: the thread pool would take longer than the page cache. */
const AT_ONCE = 128 * 1024;
/** Bytes of a chunk: whole FastCGI records (65,528 each), so that no part of it waits for company. */
const LARGE = 4 * 65_528;
/** Bytes of a chunk where many are sent: what slow clients hold of memory. */
const SMALL = 65_528;
/** Large chunks at a time, 16 MB; and how many of them are kept for the next file. */
const MOST_LARGE = 64;
const MOST_SPARE = 16;

/** Sends parts of files; one to a worker, for the memory that it keeps. */
export class FileSender {
  readonly #spare: Buffer[] = [];
  #underWay = 0;

  /**
   * Writes the parts of a response's body, text and bytes of the file, no faster than they are taken, and
   * ends the exchange. Bytes go from the page cache into a buffer of ours and from there to the socket: node
   * has no sendfile. Where there are few all of it is done before this returns true.
   */
  send(exchange: Exchange, fd: number, parts: readonly (string | ByteRange)[]): true | Promise<true> {
    const [only] = parts;
    if (parts.length > 1) return this.#sendParts(exchange, fd, parts);
    if (only === undefined) exchange.end();
    else if (typeof only === "string" || lengthOf(only) > AT_ONCE)
      return this.#sendParts(exchange, fd, parts);
    else if (this.#sendSmall(exchange, fd, only) !== "cut off") exchange.end();
    return true;
  }

  async #sendParts(exchange: Exchange, fd: number, parts: readonly (string | ByteRange)[]): Promise<true> {
    for (const part of parts) {
      let state: "sent" | "waiting" | "cut off";
      if (typeof part === "string") state = exchange.write(Buffer.from(part, "latin1")) ? "sent" : "waiting";
      else if (lengthOf(part) <= AT_ONCE) state = this.#sendSmall(exchange, fd, part);
      else state = await this.#sendLarge(exchange, fd, part);
      if (state === "waiting") await drained(exchange);
      if (state === "cut off" || exchange.ended) return true;
    }
    exchange.end();
    return true;
  }

  #sendSmall(exchange: Exchange, fd: number, part: ByteRange): "sent" | "waiting" | "cut off" {
    const bytes = Buffer.allocUnsafe(lengthOf(part));
    for (let filled = 0; filled < bytes.length; ) {
      const count = readSync(fd, bytes, filled, bytes.length - filled, part.first + filled);
      if (count === 0) return becameShorter(exchange);
      filled += count;
    }
    return exchange.write(bytes) ? "sent" : "waiting";
  }

  /** Reads into one buffer again and again: new ones cost three times the CPU (docs/adr/0011-static-files.md). */
  async #sendLarge(exchange: Exchange, fd: number, part: ByteRange): Promise<"sent" | "cut off"> {
    let isOver = false;
    exchange.onClose(() => {
      isOver = true;
    });
    const buffer = this.#take();
    const end = part.last + 1;
    // Whether nothing of it waits in a socket.
    let isFree = true;
    try {
      for (let at = part.first; at < end && !isOver; ) {
        const wanted = Math.min(buffer.length, end - at);
        // The last piece is smaller and has memory of its own: nothing tells when it has left.
        const bytes = wanted === buffer.length ? buffer : Buffer.allocUnsafeSlow(wanted);
        const count = await readAt(fd, bytes, at);
        if (isOver) break;
        if (count === 0) return becameShorter(exchange);
        at += count;
        isFree = false;
        const chunk = count === bytes.length ? bytes : Buffer.from(bytes.subarray(0, count));
        if (!exchange.write(chunk)) await drained(exchange);
        isFree = !isOver;
      }
    } finally {
      this.#give(buffer, isFree);
    }
    return isOver ? "cut off" : "sent";
  }

  #take(): Buffer {
    this.#underWay += 1;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#underWay > MOST_LARGE ? SMALL : LARGE);
  }

  /** One that may still be read by a socket goes to the collector. */
  #give(buffer: Buffer, isFree: boolean): void {
    this.#underWay -= 1;
    if (isFree && buffer.length === LARGE && this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
  }
}

/** Writes the parts of a response whose file is in memory: it is small. */
export function writeParts(exchange: Exchange, bytes: Buffer, parts: readonly (string | ByteRange)[]): void {
  for (const part of parts) {
    if (typeof part === "string") exchange.write(Buffer.from(part, "latin1"));
    else exchange.write(bytes.subarray(part.first, part.last + 1));
  }
}

function readAt(fd: number, into: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

function drained(exchange: Exchange): Promise<void> {
  return new Promise((resolve) => exchange.drained(resolve));
}

function becameShorter(exchange: Exchange): "cut off" {
  exchange.abort(new Error("Cannot send a file whole: it became shorter meanwhile"));
  return "cut off";
}

function lengthOf({ first, last }: ByteRange): number {
  return last - first + 1;
}
