/** A native Request inside of a light one: what an app made, or a clone. */
export class NativeRequestState {
  readonly #native: Request;
  /** Its exchange's, where the native one would not let it be followed. */
  readonly borrowedSignal: AbortSignal | undefined;

  constructor(native: Request, borrowedSignal?: AbortSignal) {
    this.#native = native;
    this.borrowedSignal = borrowedSignal;
  }

  get method(): string {
    return this.#native.method;
  }
  get url(): string {
    return this.#native.url;
  }
  get headers(): Headers {
    return this.#native.headers;
  }
  get signal(): AbortSignal {
    return this.borrowedSignal ?? this.#native.signal;
  }
  get stream(): ReadableStream | null {
    return this.#native.body;
  }
  get bodyUsed(): boolean {
    return this.#native.bodyUsed;
  }
  read(how: "text" | "json" | "arrayBuffer" | "bytes"): Promise<unknown> {
    return this.#native[how]();
  }
  clone(): NativeRequestState {
    return new NativeRequestState(this.#native.clone(), this.borrowedSignal);
  }
  upgraded(): Request {
    return this.#native;
  }
}
