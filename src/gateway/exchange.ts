// Imported: the global ones are accessors, which are called each time.
import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import type { Exchange, Outcome, RequestHead } from "../app/exchange.ts";
import type { BodyQueue } from "./body-queue.ts";
import { HttpFacts } from "./http-facts.ts";
import { planResponse, type ResponsePlan } from "./response-plan.ts";

/** What a connection does for its exchange: the response, on its wire. */
export interface ResponseSink {
  inform(status: number, headers: readonly string[]): void;
  head(plan: ResponsePlan): void;
  /** Head and body in one go, with nothing more to come; `plan.length` is the body's length in bytes. */
  whole(plan: ResponsePlan, body: string | Uint8Array): void;
  /** false: enough is waiting; `GatewayExchange.wake` follows. */
  data(chunk: Uint8Array): boolean;
  /** The response is whole. */
  finish(): void;
  /** The response is not whole and never will be: the client must be able to tell. */
  cut(): void;
}

/** The gateway's side of an exchange: keeps the order of things and counts bytes, on every wire alike. */
export class GatewayExchange implements Exchange {
  readonly request: RequestHead;
  readonly body: BodyQueue | null;
  upgrade: (() => { socket: Duplex; head: Buffer }) | undefined;
  /** Milliseconds, monotonic. */
  readonly startedAt: number;
  /** The status sent; 0 before the head. */
  status = 0;
  /** Body bytes sent. */
  sent = 0;
  started = false;
  ended = false;
  /** Whether its harakiri has struck. */
  timedOut = false;

  /** Puts into a response's header what the app does not say. */
  amend: ((headers: readonly string[]) => readonly string[]) | undefined;
  /** Bytes that the request's body may have; undefined: as for all. */
  bodyLimit: number | undefined;

  readonly #sink: ResponseSink;
  #plan: ResponsePlan | undefined;
  #controller: AbortController | undefined;
  #aborted: unknown;
  #outcome: Outcome | undefined;
  #onClose: ((outcome: Outcome) => void)[] | undefined;
  #onDrained: (() => void) | undefined;

  constructor(request: RequestHead, body: BodyQueue | null, sink: ResponseSink, now: number) {
    this.request = request;
    this.body = body;
    this.#sink = sink;
    this.startedAt = now;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  inform(status: number, headers: readonly string[]): void {
    if (!this.started && !this.ended) this.#sink.inform(status, headers);
  }

  /** Sets how many bytes the request's body may have. false: it is known to have more. */
  limitBody(bytes: number): boolean {
    this.bodyLimit = bytes;
    return (this.body?.length ?? this.body?.size ?? 0) <= bytes;
  }

  respond(status: number, reason: string | undefined, headers: readonly string[]): void {
    if (this.ended) return;
    if (this.started) throw new TypeError(`Cannot respond with ${status}: the response has begun already`);
    this.#begin(this.#planned(status, reason, headers));
  }

  respondWith(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    body: string | Uint8Array = "",
  ): void {
    if (this.ended) return;
    if (this.started) throw new TypeError(`Cannot respond with ${status}: the response has begun already`);
    const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    const plan = this.#planned(status, reason, headers, length);
    if (!plan.hasBody || plan.length !== length) {
      this.#begin(plan);
      this.write(typeof body === "string" ? Buffer.from(body) : body);
      this.end();
      return;
    }
    this.#plan = plan;
    this.status = status;
    this.sent = length;
    this.started = this.ended = true;
    this.#sink.whole(plan, body);
    this.#close("complete");
  }

  #planned(
    status: number,
    reason: string | undefined,
    headers: readonly string[],
    whole?: number,
  ): ResponsePlan {
    const { request } = this;
    const amended = this.amend === undefined ? headers : this.amend(headers);
    const plan = planResponse(request.method, status, reason, amended, whole);
    if (plan.isRedirect && request instanceof HttpFacts && !request.isTrusted)
      throw new TypeError(
        "Cannot send X-Accel-Redirect to a client: only a web server knows what it means, and it names no file that send-files in [nginx] declares",
      );
    return plan;
  }

  #begin(plan: ResponsePlan): void {
    this.#plan = plan;
    this.started = true;
    this.status = plan.status;
    this.#sink.head(plan);
  }

  write(chunk: Uint8Array): boolean {
    const plan = this.#plan;
    if (this.ended || !plan?.hasBody || chunk.length === 0) return true;
    if (plan.length !== undefined && this.sent + chunk.length > plan.length) {
      this.abort(new Error(`The app sent more than its Content-Length of ${plan.length} bytes`));
      return true;
    }
    this.sent += chunk.length;
    return this.#sink.data(chunk);
  }

  drained(wake: () => void): void {
    if (this.ended) queueMicrotask(wake);
    else this.#onDrained = wake;
  }

  end(): void {
    if (this.ended) return;
    const plan = this.#plan;
    if (!plan) throw new TypeError("Cannot end a response that was not begun");
    if (plan.hasBody && plan.length !== undefined && this.sent < plan.length) {
      this.abort(new Error(`The app sent ${this.sent} bytes of its Content-Length of ${plan.length}`));
      return;
    }
    this.ended = true;
    this.#sink.finish();
    this.#close("complete");
  }

  abort(reason: unknown = new Error("The exchange was aborted")): void {
    if (this.ended) return;
    this.ended = true;
    this.fail(reason);
    this.#sink.cut();
    this.#close("aborted");
  }

  /** The connection is gone, or handed over to the app: nothing more can be sent. */
  lost(reason: unknown, outcome: Outcome = "aborted"): void {
    if (this.ended) return;
    this.ended = true;
    if (outcome === "aborted") this.fail(reason);
    this.#close(outcome);
  }

  /** Tells the app to stop: aborts `signal`, and fails the body if it is still to come. */
  fail(reason: unknown): void {
    this.#aborted ??= reason;
    this.body?.fail(reason instanceof Error ? reason : new Error(String(reason)));
    this.#controller?.abort(reason);
  }

  onClose(listener: (outcome: Outcome) => void): void {
    if (this.#outcome) listener(this.#outcome);
    else if (this.#onClose) this.#onClose.push(listener);
    else this.#onClose = [listener];
  }

  /** The connection can take more. */
  wake(): void {
    const wake = this.#onDrained;
    this.#onDrained = undefined;
    wake?.();
  }

  #close(outcome: Outcome): void {
    this.#outcome = outcome;
    const listeners = this.#onClose;
    this.#onClose = undefined;
    if (listeners) for (const listener of listeners) listener(outcome);
    this.wake();
  }
}
