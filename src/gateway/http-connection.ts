import type { Socket } from "node:net";
import type { Transport } from "../transport/transport.ts";
import { DEFAULT_HTTP1_LIMITS, type Http1Limits } from "../wire/http1/limits.ts";
import { reasonPhrase } from "../wire/http1/reason-phrases.ts";
import { Http1RequestDecoder, type Http1RequestHead } from "../wire/http1/request-decoder.ts";
import {
  CHUNK_END,
  encodeChunkHead,
  encodeHead,
  encodeInformational,
  LAST_CHUNK,
} from "../wire/http1/response-encoder.ts";
import { BodyQueue } from "./body-queue.ts";
import { Connection, TIME_LIMITS } from "./connection.ts";
import { GatewayExchange, type ResponseSink } from "./exchange.ts";
import { answer, type Gateway } from "./gateway.ts";
import { type HttpClient, httpClient } from "./http-client.ts";
import { httpDate } from "./http-date.ts";
import { HttpFacts } from "./http-facts.ts";
import type { ResponsePlan } from "./response-plan.ts";

/** Pipelined bytes held while a response is made or left unread, before reading stops. */
const PIPELINE_BYTES = 64 * 1024;
/** What of an unread request body is read and thrown away to keep a connection; more closes it. */
const UNREAD_BYTES = 256 * 1024;

export function http1Limits(bufferSize: number): Http1Limits {
  return {
    ...DEFAULT_HTTP1_LIMITS,
    head: bufferSize,
    requestLine: Math.min(DEFAULT_HTTP1_LIMITS.requestLine, bufferSize),
  };
}

/** An HTTP/1.1 connection (RFC 9112): one exchange after another, pipelined requests in turn. */
export class HttpConnection extends Connection implements ResponseSink {
  readonly #decoder: Http1RequestDecoder;
  #head: Http1RequestHead | undefined;
  /** As the fields of `#head` tell. */
  #client: HttpClient | undefined;
  #requestRead = true;
  /** A request that the app has not seen yet: what came of its body with the head, often all, is read first. */
  #waiting: GatewayExchange | undefined;
  #received = 0;
  #unread = 0;
  #chunked = false;
  /** The response ends where the connection does (HTTP/1.0): a reset is all that tells a cut-off one from a whole one. */
  #untilClose = false;
  #keepAlive = true;
  #continue: "none" | "expected" | "sent" = "none";
  #upgraded = false;

  constructor(gateway: Gateway, transport: Transport, limits: Http1Limits) {
    super(gateway, transport);
    this.#decoder = new Http1RequestDecoder(limits);
  }

  protected receive(chunk: Buffer): void {
    this.since = this.gateway.now;
    this.#decoder.push(chunk);
    this.borrow();
    if (this.#decoder.buffered > 0) this.#decoder.own();
    const waits = this.exchange !== undefined || this.outbox.isFull;
    if (this.#requestRead && waits && this.#decoder.buffered > PIPELINE_BYTES) this.pause();
  }

  protected overdue(now: number): void {
    const quiet = now - this.since;
    if (this.#upgraded) return;
    if (!this.#requestRead) {
      if (quiet > TIME_LIMITS.body && this.body && !this.body.full)
        this.refuse(408, new Error("The request body came too slowly"));
    } else if (this.exchange) {
      return;
    } else if (this.#decoder.midHead) {
      if (now - this.#headSince(now) > TIME_LIMITS.head)
        this.refuse(408, new Error("The request head came too slowly"));
    } else if (quiet > (this.gateway.draining ? TIME_LIMITS.drainIdle : TIME_LIMITS.idle)) {
      this.close();
    }
  }

  override get protocol(): "http" {
    return "http";
  }

  protected override get isKept(): boolean {
    return this.#head !== undefined && this.#keepAlive && !this.#upgraded && !this.closing;
  }

  protected override get isBetween(): boolean {
    const { buffered, midHead } = this.#decoder;
    return this.exchange === undefined && this.#requestRead && buffered === 0 && !midHead;
  }

  drain(): void {
    // A kept connection may have a request on its way: it is answered, with Connection: close.
    this.#keepAlive = false;
    if (!this.exchange && !this.#decoder.midHead) this.since = this.gateway.now;
  }

  inform(status: number, headers: readonly string[]): void {
    // RFC 9110, section 15.2: never to an HTTP/1.0 client.
    if (this.#head?.version !== "1.1" || status === 101) return;
    if (status === 100) this.#continue = "sent";
    // NGINX before 1.29 takes an interim response for the answer; nobody has to be told one.
    else if (this.transport.isUnix || isRelayed(this.#head.headers)) return;
    this.send(encodeInformational(status, headers));
  }

  head(plan: ResponsePlan): void {
    this.send(this.#encodeHead(plan));
  }

  whole(plan: ResponsePlan, body: string | Uint8Array): void {
    // It leaves at the end of the pump that `finish` works, and needs no tick of its own.
    this.outbox.gathering = true;
    this.sendWhole(this.#encodeHead(plan), body, plan.length);
    this.finish();
  }

  #encodeHead(plan: ResponsePlan): string {
    const head = this.#head!;
    let extra = plan.hasDate ? "" : httpDate();
    this.#chunked = false;
    this.#untilClose = false;
    if (plan.hasBody && plan.length === undefined) {
      if (head.version === "1.1") {
        this.#chunked = true;
        extra += "Transfer-Encoding: chunked\r\n";
      } else {
        this.#untilClose = true;
        this.#keepAlive = false;
      }
    }
    // A client that was not told to continue may or may not send the body: no telling what comes next.
    if (plan.close || this.gateway.draining || this.#continue === "expected") this.#keepAlive = false;
    // Too much of the request is still to come to wait for its end, should the app not want it.
    if (!this.#requestRead && (this.body?.length ?? 0) - this.#received > UNREAD_BYTES)
      this.#keepAlive = false;
    if (!this.#keepAlive) extra += "Connection: close\r\n";
    else if (head.version === "1.0") extra += "Connection: keep-alive\r\n";
    return plan.head(encodePlan, extra);
  }

  data(chunk: Uint8Array): boolean {
    if (!this.#chunked) return this.send(chunk);
    this.send(encodeChunkHead(chunk.length));
    this.send(chunk);
    return this.send(CHUNK_END);
  }

  finish(): void {
    if (this.#chunked) this.send(LAST_CHUNK);
    this.exchange = undefined;
    if (!this.#requestRead) {
      this.body?.discard();
      // Whatever is left of the request is thrown away, if it is little; the pump counts.
      this.resume();
    }
    this.since = this.gateway.now;
    this.pump();
  }

  override cut(error: Error = new Error("The response was cut off")): void {
    this.outbox.flush();
    if (!this.#untilClose) {
      super.cut(error);
      return;
    }
    this.lost(error);
    this.transport.reset();
  }

  protected override get hasMore(): boolean {
    return this.#decoder.buffered > 0;
  }

  protected step(): boolean {
    if (this.#upgraded) return false;
    if (this.#waiting && this.body?.full) {
      this.#handle();
      return true;
    }
    if (!this.#requestRead && this.exchange && this.body?.full) {
      this.pause();
      return false;
    }
    const event = this.#decoder.next();
    switch (event.type) {
      case "head":
        this.#begin(event.head);
        return true;
      case "data":
        this.#take(event.chunk);
        return true;
      case "end":
        this.#requestRead = true;
        this.body?.end();
        this.#handle();
        return true;
      case "paused":
        if (this.exchange) return false;
        if (!this.#keepAlive) {
          // Who asked for the end sends nothing more (RFC 9112, section 9.6).
          this.close(!this.#head!.keepAlive && this.#decoder.buffered === 0);
          return false;
        }
        if (this.outbox.isFull) return false;
        this.body = undefined;
        this.#decoder.startNext();
        this.resume();
        return true;
      case "need-data":
        if (this.#waiting) {
          this.#handle();
          return true;
        }
        // The response is whole and the connection is not kept: nothing that follows matters.
        if (!this.exchange && !this.#requestRead && !this.#keepAlive) this.close();
        return false;
    }
  }

  #begin(head: Http1RequestHead): void {
    const { trust } = this.gateway.options;
    if (this.#client === undefined || head.fields !== this.#head?.fields)
      this.#client = httpClient(head.fields, this.transport, this.peer, trust);
    this.#head = head;
    this.#headStarted = undefined;
    this.#requestRead = false;
    this.#received = 0;
    this.#unread = 0;
    this.#keepAlive = head.keepAlive && this.gateway.options.keepAlive && !this.gateway.draining;
    this.#continue = head.expectContinue && head.framing.kind !== "none" ? "expected" : "none";
    const { limitPost } = this.gateway.options;
    const body =
      head.framing.kind === "none"
        ? null
        : new BodyQueue(head.framing.kind === "length" ? head.framing.length : undefined, () =>
            this.wanted(),
          );
    this.body = body ?? undefined;
    const facts = new HttpFacts(head, this.transport, this.#client);
    const exchange = new GatewayExchange(facts, body, this, this.gateway.writes.turn);
    if (head.upgrade !== undefined && !body) {
      const upgrade = () => this.#upgrade();
      exchange.upgrade = upgrade;
    }
    this.exchange = exchange;
    if (limitPost > 0 && (body?.length ?? 0) > limitPost) {
      this.#keepAlive = false;
      answer(exchange, 413, "Content Too Large\n");
      return;
    }
    if (body) this.#waiting = exchange;
    else this.gateway.handle(exchange);
  }

  #handle(): void {
    const exchange = this.#waiting;
    this.#waiting = undefined;
    if (exchange && !exchange.ended) this.gateway.handle(exchange);
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.length;
    const { limitPost } = this.gateway.options;
    const limit = this.exchange?.bodyLimit;
    if (limitPost > 0 && this.#received > limitPost) {
      this.refuse(413, new Error(`The request body is larger than limit-post: ${limitPost} bytes`));
    } else if (limit !== undefined && this.#received > limit) {
      this.refuse(413, new Error(`The request body is larger than client-max-body-size: ${limit} bytes`));
    } else if (this.exchange) {
      this.body!.push(this.kept(chunk));
    } else {
      this.#unread += chunk.length;
      if (this.#unread > UNREAD_BYTES) this.close();
    }
  }

  protected override wanted(): void {
    if (this.#continue === "expected" && !this.exchange?.started) {
      this.#continue = "sent";
      this.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    super.wanted();
  }

  protected refuse(status: number, error: Error): void {
    this.#keepAlive = false;
    const exchange = this.exchange;
    // What the app has seen is in the access log.
    const isNews = !exchange || exchange === this.#waiting;
    if (isNews) this.gateway.options.log.info(`refused a request with ${status}: ${error.message}`);
    this.#waiting = undefined;
    this.body?.fail(error);
    exchange?.fail(error);
    const text = `${reasonPhrase(status)}\n`;
    if (exchange?.started) {
      this.cut(error);
    } else if (exchange) {
      answer(exchange, status, text);
      this.close();
    } else {
      this.send(
        encodeHead(
          status,
          undefined,
          `Content-Type: text/plain\r\nContent-Length: ${text.length}\r\n${httpDate()}Connection: close\r\n`,
        ) + text,
      );
      this.close();
    }
  }

  #upgrade(): { socket: Socket; head: Buffer } {
    this.#upgraded = true;
    const head = Buffer.from(this.#decoder.takeRest());
    const socket = this.release();
    const exchange = this.exchange!;
    this.exchange = undefined;
    exchange.status = 101;
    exchange.lost(undefined, "complete");
    return { socket, head };
  }

  #headStarted: number | undefined;
  /** When the head now arriving was first seen unfinished. */
  #headSince(now: number): number {
    this.#headStarted ??= now;
    return this.#headStarted;
  }
}

function encodePlan({ status, reason, fields }: ResponsePlan, extra: string): string {
  return encodeHead(status, reason, fields + extra);
}

/** Whether a proxy says that it stands between: Via (RFC 9110, section 7.6.3), Forwarded (RFC 7239), X-Forwarded-For. */
function isRelayed(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && /^(?:via|forwarded|x-forwarded-for)$/i.test(name));
}
