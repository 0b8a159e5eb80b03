import { compressionPlan } from "./compression-plan.ts";
import { hasLength } from "./content-length.ts";
import { createEncoder, type Encoder } from "./encoder.ts";
import type { Exchange } from "./exchange.ts";
import { WrappedExchange } from "./wrapped-exchange.ts";

/** How many responses of a worker are encoded at a time. */
export interface EncoderSlots {
  free: number;
}

/**
 * An exchange whose response is encoded on its way, where the plan says so: no faster than the client takes
 * it, and given out as the app writes it where its length is not known. A response that is cut off stays so.
 */
export class CompressedExchange extends WrappedExchange {
  readonly #accepted: string | undefined;
  readonly #slots: EncoderSlots;
  #encoder: Encoder | undefined;
  /** Bytes that the app said it would write and has not; undefined: it did not say. */
  #due: number | undefined;
  #isStreamed = false;
  #flushing = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(inner: Exchange, accepted: string | undefined, slots: EncoderSlots) {
    super(inner);
    this.#accepted = accepted;
    this.#slots = slots;
  }

  override get ended(): boolean {
    return this.#ended || this.inner.ended;
  }

  override respond(status: number, reason: string | undefined, headers: readonly string[]): void {
    const { method } = this.inner.request;
    const isFull = this.#slots.free <= 0;
    const plan = compressionPlan(method, status, headers, this.#accepted, isFull);
    this.inner.respond(status, reason, plan.headers);
    if (plan.coding === undefined || method === "HEAD" || this.inner.ended) return;
    this.#due = plan.length;
    this.#isStreamed = plan.length === undefined;
    this.#begin(createEncoder(plan.coding, plan.length));
  }

  override respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array = "",
  ): void {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const isBodiless = this.inner.request.method === "HEAD" || status === 204 || status === 304;
    const added = isBodiless || hasLength(headers) ? [] : ["Content-Length", String(bytes.length)];
    this.respond(status, reason, [...headers, ...added]);
    if (bytes.length > 0) this.write(bytes);
    this.end();
  }

  override write(chunk: Uint8Array): boolean {
    const encoder = this.#encoder;
    if (!encoder) return this.inner.write(chunk);
    if (this.ended) return true;
    if (this.#due !== undefined) {
      this.#due -= chunk.length;
      if (this.#due < 0) {
        this.abort(new Error("The app sent more than its Content-Length"));
        return true;
      }
    }
    const more = encoder.stream.write(chunk);
    if (this.#isStreamed) this.#flushSoon(encoder);
    return more;
  }

  override drained(wake: () => void): void {
    if (!this.#encoder) this.inner.drained(wake);
    else if (this.ended || !this.#encoder.stream.writableNeedDrain) queueMicrotask(wake);
    else this.#wake = wake;
  }

  override end(): void {
    if (!this.#encoder) this.inner.end();
    else if (this.ended) return;
    else if (this.#due !== undefined && this.#due > 0)
      this.abort(new Error(`The app sent ${this.#due} bytes less than its Content-Length`));
    else {
      this.#ended = true;
      this.#encoder.stream.end();
    }
  }

  override abort(reason?: unknown): void {
    this.inner.abort(reason);
  }

  /** Resolves when what the app wrote is sent, or cannot be. */
  finished(): Promise<void> {
    if (!this.#ended || this.inner.ended) return Promise.resolve();
    return new Promise((resolve) => this.inner.onClose(() => resolve()));
  }

  #begin(encoder: Encoder): void {
    const inner = this.inner;
    const { stream } = encoder;
    this.#encoder = encoder;
    this.#slots.free -= 1;
    stream.on("data", (chunk: Buffer) => {
      if (inner.ended || inner.write(chunk)) return;
      stream.pause();
      inner.drained(() => stream.resume());
    });
    stream.on("end", () => inner.end());
    stream.on("drain", this.#drain);
    stream.on("error", (error) => inner.abort(error));
    inner.onClose(() => {
      this.#slots.free += 1;
      stream.destroy();
      this.#drain();
    });
  }

  /** Once for all that is written in a turn of the event loop: each flush costs some of what is saved. */
  #flushSoon(encoder: Encoder): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (!this.ended) encoder.flush();
    });
  }

  #drain = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };
}
