const SMALLEST = 1024;

/** A head that arrives in several pieces, copied together; growth by doubling keeps that linear in its bytes. */
export class SplitHead {
  length = 0;
  #bytes: Buffer | undefined;

  add(chunk: Buffer, from: number, to: number): void {
    const wanted = this.length + to - from;
    let bytes = this.#bytes;
    if (bytes === undefined || bytes.length < wanted) {
      const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, wanted, this.length * 2));
      if (bytes !== undefined) bytes.copy(larger, 0, 0, this.length);
      this.#bytes = bytes = larger;
    }
    chunk.copy(bytes, this.length, from, to);
    this.length = wanted;
  }

  /** All bytes so far; empty after it. */
  take(): Buffer {
    const bytes = this.#bytes?.subarray(0, this.length) ?? Buffer.alloc(0);
    this.#bytes = undefined;
    this.length = 0;
    return bytes;
  }
}
