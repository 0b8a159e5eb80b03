import type { RequestBody } from "../app/exchange.ts";

/** Bytes that may wait for the app before its connection stops reading. */
export const BODY_HIGH_WATER = 64 * 1024;

/** A request body between its connection, which pushes, and the app, which pulls. */
export class BodyQueue implements RequestBody {
  readonly length: number | undefined;
  /** Bytes waiting. */
  size = 0;
  /** Whether the last byte has arrived. */
  complete = false;
  #chunks: Uint8Array[] = [];
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #discarding = false;
  readonly #wanted: () => void;

  /** `wanted` is called whenever the app asks for bytes: the time to send 100 Continue and to read on. */
  constructor(length: number | undefined, wanted: () => void) {
    this.length = length;
    this.#wanted = wanted;
  }

  get full(): boolean {
    return this.size >= BODY_HIGH_WATER;
  }

  push(chunk: Uint8Array): void {
    if (this.#discarding || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.size += chunk.length;
    this.#awake();
  }

  end(): void {
    this.complete = true;
    this.#awake();
  }

  /** The rest will not come. */
  fail(error: Error): void {
    if (this.complete || this.#error) return;
    this.#error = error;
    this.#awake();
  }

  /** Nobody will read what is here or still to come. */
  discard(): void {
    this.#discarding = true;
    this.#chunks = [];
    this.size = 0;
  }

  read(): Uint8Array | null | undefined {
    const chunk = this.#chunks.shift();
    if (chunk) {
      this.size -= chunk.length;
      if (!this.complete) this.#wanted();
      return chunk;
    }
    if (this.#error) throw this.#error;
    if (this.complete) return null;
    this.#wanted();
    return undefined;
  }

  wait(wake: () => void): void {
    if (this.size > 0 || this.complete || this.#error) {
      queueMicrotask(wake);
      return;
    }
    this.#wake = wake;
    this.#wanted();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
