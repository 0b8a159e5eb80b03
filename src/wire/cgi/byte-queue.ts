/**
 * Bytes that were pushed and are not yet taken, in order and never copied: what is taken is a view of
 * a pushed chunk. Amortised constant time per chunk, however small the chunks are.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #first = 0;
  #offset = 0;

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
  }

  get isEmpty(): boolean {
    return this.#chunks.length === this.#first;
  }

  /** Between 1 and `max` bytes (`max` ≥ 1) that lie together in one pushed chunk; undefined: nothing is left. */
  take(max: number): Buffer | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    const start = this.#offset;
    if (chunk.length - start > max) {
      this.#offset = start + max;
      return chunk.subarray(start, this.#offset);
    }
    this.#offset = 0;
    this.#first += 1;
    this.#forget();
    return start === 0 ? chunk : chunk.subarray(start);
  }

  /** The bytes that come next, where so many lie together: in `chunk` from `at` on; undefined: they don't. */
  next(count: number): { chunk: Buffer; at: number } | undefined {
    const chunk = this.#chunks[this.#first];
    return chunk !== undefined && chunk.length - this.#offset >= count
      ? { chunk, at: this.#offset }
      : undefined;
  }

  /** Passes over bytes that `next` gave. */
  skip(count: number): void {
    this.#offset += count;
    if (this.#offset < this.#chunks[this.#first]!.length) return;
    this.#offset = 0;
    this.#first += 1;
    this.#forget();
  }

  /** Copies what is left of the chunk pushed last: its memory is about to hold something else. */
  own(): void {
    const last = this.#chunks.length - 1;
    if (last < this.#first) return;
    const isFirst = last === this.#first;
    const chunk = this.#chunks[last]!;
    this.#chunks[last] = Buffer.from(isFirst ? chunk.subarray(this.#offset) : chunk);
    if (isFirst) this.#offset = 0;
  }

  /** Lets go of the chunks that were taken, once they are half of the list, so that each is moved at most once. */
  #forget(): void {
    if (this.#chunks.length === 1) {
      // Most often: nothing has to be moved.
      this.#chunks.pop();
      this.#first = 0;
      return;
    }
    if (this.#first * 2 < this.#chunks.length) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }
}
