import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";

/** Bytes of a record: those that POSIX has written in one piece (PIPE_BUF of Linux). */
const RECORD_LENGTH = 4096;
/** Bytes of a request that a record holds; behind them its number and how many they are, 32 bits each, little endian. */
export const MOST_QUEUED = RECORD_LENGTH - 8;

/**
 * Requests for whichever thread of the workers is free next: a FIFO from which all of them take, a record at a
 * time (python/portico_worker/routers.py is the other side). What none has taken can be taken back.
 */
export class RequestQueue {
  readonly path: string;
  readonly #fd: number;
  readonly #record = Buffer.alloc(RECORD_LENGTH);

  /** @throws Error: there is no such FIFO, or it may not be opened. */
  constructor(path: string) {
    this.path = path;
    const { O_RDWR, O_NONBLOCK } = constants;
    this.#fd = openSync(path, O_RDWR | O_NONBLOCK);
    // Of a router before this one, which nobody waits for.
    this.takeBack();
  }

  /**
   * @param number of the request, not 0
   * @param packet latin1; "": it is more than a record holds, and goes to whoever claims it
   * @param body what comes behind it
   * @returns false: the queue is full
   */
  put(number: number, packet: string, body?: Uint8Array): boolean {
    const record = this.#record;
    let length = record.write(packet, 0, "latin1");
    if (body !== undefined) {
      record.set(body, length);
      length += body.length;
    }
    record.writeUInt32LE(number, MOST_QUEUED);
    record.writeUInt32LE(length, MOST_QUEUED + 4);
    try {
      writeSync(this.#fd, record);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return false;
      throw error;
    }
  }

  /** Wakes one of those that wait: whoever was to take what is there may be gone. */
  wake(): void {
    this.put(0, "");
  }

  /** The numbers of what nobody has taken, in order, which is not there any more. */
  takeBack(): number[] {
    const numbers: number[] = [];
    for (;;) {
      try {
        readSync(this.#fd, this.#record);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return numbers;
        throw error;
      }
      const number = this.#record.readUInt32LE(MOST_QUEUED);
      if (number !== 0) numbers.push(number);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
