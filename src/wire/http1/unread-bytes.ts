const EMPTY = Buffer.alloc(0);

/**
 * Pushed chunks that have not been read to their end, in order, never copied: `chunk` from `at` on
 * comes first.
 */
export class UnreadBytes {
  chunk: Buffer = EMPTY;
  at = 0;
  readonly #waiting: Buffer[] = [];
  #firstWaiting = 0;
  #waitingBytes = 0;

  get length(): number {
    return this.chunk.length - this.at + this.#waitingBytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.at === this.chunk.length && this.#waitingBytes === 0) {
      this.chunk = chunk;
      this.at = 0;
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** Copies what is left of the chunk pushed last, whose memory is about to hold something else. */
  own(): void {
    if (this.#waitingBytes > 0) {
      const last = this.#waiting.length - 1;
      this.#waiting[last] = Buffer.from(this.#waiting[last]!);
    } else {
      this.chunk = this.at < this.chunk.length ? Buffer.from(this.chunk.subarray(this.at)) : EMPTY;
      this.at = 0;
    }
  }

  /** Sees to it that `chunk` has a byte at `at`; false: there is none. */
  ready(): boolean {
    if (this.at < this.chunk.length) return true;
    // Let go of what has been read: a connection may be idle for long.
    this.chunk = EMPTY;
    this.at = 0;
    if (this.#waitingBytes === 0) return false;
    this.chunk = this.#waiting[this.#firstWaiting]!;
    this.#waiting[this.#firstWaiting] = EMPTY;
    this.#firstWaiting++;
    this.#waitingBytes -= this.chunk.length;
    if (this.#waitingBytes === 0) {
      this.#waiting.length = 0;
      this.#firstWaiting = 0;
    } else if (this.#firstWaiting > 64 && this.#firstWaiting * 2 > this.#waiting.length) {
      // Seldom enough to be linear over all, often enough for a queue that never runs empty.
      this.#waiting.splice(0, this.#firstWaiting);
      this.#firstWaiting = 0;
    }
    return true;
  }

  /** The next bytes, `most` or fewer, as part of what was pushed; call when `ready`. */
  take(most: number): Buffer {
    const { chunk, at } = this;
    const end = Math.min(chunk.length, at + most);
    this.at = end;
    return at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end);
  }

  /** Everything, in one piece. */
  takeAll(): Buffer {
    const pieces: Buffer[] = [];
    while (this.ready()) pieces.push(this.take(Number.POSITIVE_INFINITY));
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
}
