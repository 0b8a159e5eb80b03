import { hash } from "node:crypto";
import { readSync, writeSync } from "node:fs";

/** Bytes of random in front, with which keys are hashed: nobody can aim at another's place. */
const SECRET = 64;
/** Bytes: a tag of four, the excess of four (float), milliseconds of eight (double). */
const ENTRY = 16;
/** Places where a key may be; the one not seen for longest makes room. */
const WAYS = 4;
const SETS = 16_384;
/** Bytes of the file. */
export const RATE_TABLE_BYTES = SECRET + SETS * WAYS * ENTRY;

/** Where a key is counted, and how full it is with one request more. */
export interface Level {
  /** Requests above the rate, this one among them. */
  readonly excess: number;
  readonly at: number;
  readonly tag: number;
}

/**
 * Leaky buckets for 65,536 keys in a file without a name that all workers share, so that a client is counted
 * once whichever of them it meets, and a reload forgets nothing. Reading and writing a bucket are two calls:
 * requests that are counted by two workers in the same microseconds may be counted as one.
 */
export class RateTable {
  readonly #fd: number;
  readonly #secret: string;
  readonly #set = Buffer.alloc(WAYS * ENTRY);
  readonly #entry = Buffer.alloc(ENTRY);

  constructor(fd: number) {
    const secret = Buffer.alloc(SECRET);
    readSync(fd, secret, 0, SECRET, 0);
    this.#fd = fd;
    this.#secret = secret.toString("hex");
  }

  /**
   * The bucket of a key with one request more; nothing is counted yet.
   * @param rate requests a second that leak away
   * @param now milliseconds, of a clock that all processes have
   */
  look(key: string, rate: number, now: number): Level {
    const digest = hash("sha256", this.#secret + key, "buffer");
    const at = SECRET + (digest.readUInt32LE(0) % SETS) * WAYS * ENTRY;
    const tag = digest.readUInt32LE(4) || 1;
    readSync(this.#fd, this.#set, 0, this.#set.length, at);
    let oldest = 0;
    for (let way = 0; way < WAYS; way++) {
      const offset = way * ENTRY;
      const since = this.#set.readDoubleLE(offset + 8);
      if (this.#set.readUInt32LE(offset) === tag) {
        const leaked = (rate * Math.max(0, now - since)) / 1000;
        const excess = Math.max(0, this.#set.readFloatLE(offset + 4) - leaked + 1);
        return { excess, at: at + offset, tag };
      }
      if (since < this.#set.readDoubleLE(oldest + 8)) oldest = offset;
    }
    return { excess: 0, at: at + oldest, tag };
  }

  /** Counts what `look` found. */
  count({ excess, at, tag }: Level, now: number): void {
    this.#entry.writeUInt32LE(tag, 0);
    this.#entry.writeFloatLE(excess, 4);
    this.#entry.writeDoubleLE(now, 8);
    writeSync(this.#fd, this.#entry, 0, ENTRY, at);
  }
}

/** Milliseconds of the clock that all processes have. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
