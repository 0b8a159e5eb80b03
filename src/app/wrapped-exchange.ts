import type { Exchange, Outcome, RequestBody, RequestHead } from "./exchange.ts";

/** An exchange that another one does the work of: what looks into the response on its way extends it. */
export abstract class WrappedExchange implements Exchange {
  protected readonly inner: Exchange;

  constructor(inner: Exchange) {
    this.inner = inner;
  }

  get request(): RequestHead {
    return this.inner.request;
  }
  get body(): RequestBody | null {
    return this.inner.body;
  }
  get signal(): AbortSignal {
    return this.inner.signal;
  }
  get started(): boolean {
    return this.inner.started;
  }
  get ended(): boolean {
    return this.inner.ended;
  }
  get upgrade(): Exchange["upgrade"] {
    return this.inner.upgrade;
  }

  inform(status: number, headers: readonly string[]): void {
    this.inner.inform(status, headers);
  }

  onClose(listener: (outcome: Outcome) => void): void {
    this.inner.onClose(listener);
  }

  sends(path: string): boolean {
    return this.inner.sends?.(path) ?? false;
  }

  abstract respond(status: number, reason: string | undefined, headers: readonly string[]): void;
  abstract respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array | undefined,
  ): void;
  abstract write(chunk: Uint8Array): boolean;
  abstract drained(wake: () => void): void;
  abstract end(): void;
  abstract abort(reason?: unknown): void;
}
