import type { ByteQueue } from "./byte-queue.ts";

/**
 * Bytes that belong together and may arrive in pieces. A single piece is kept as the view it is; from
 * the second on they are copied into room that doubles, so that bytes arriving one by one cost linear
 * time. The caller limits the length.
 */
export class Gathered {
  #bytes: Buffer = EMPTY;
  /** Whether #bytes is room of our own rather than a view of somebody's chunk. */
  #own = false;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A view of what was gathered, good until the next `append`. */
  get bytes(): Buffer {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.subarray(0, this.#length);
  }

  append(piece: Buffer): void {
    if (this.#length === 0 && !this.#own) {
      this.#bytes = piece;
      this.#length = piece.length;
      return;
    }
    const length = this.#length + piece.length;
    if (!this.#own || length > this.#bytes.length) this.#grow(length);
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** Moves bytes over from `queue` until `total` are here; false: the queue ran empty before. */
  fill(queue: ByteQueue, total: number): boolean {
    while (this.#length < total) {
      const piece = queue.take(total - this.#length);
      if (piece === undefined) return false;
      this.append(piece);
    }
    return true;
  }

  /** Copies what is a view of somebody's chunk: that is about to hold something else. */
  own(): void {
    if (!this.#own && this.#length > 0) this.#grow(this.#length);
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#own = false;
    this.#length = 0;
  }

  #grow(length: number): void {
    const room = Buffer.allocUnsafe(Math.max(SMALLEST_ROOM, length * 2));
    this.#bytes.copy(room, 0, 0, this.#length);
    this.#bytes = room;
    this.#own = true;
  }
}

const EMPTY = Buffer.alloc(0);
/** Bytes; holds any record or packet header without growing. */
const SMALLEST_ROOM = 16;
