import type { Transport } from "../transport/transport.ts";
import { FastcgiRequestDecoder } from "../wire/fastcgi/request-decoder.ts";
import {
  BROKEN_RECORD,
  encodeEnd,
  encodeHead,
  encodeStdout,
  encodeWhole,
  LARGEST_CONTENT,
} from "../wire/fastcgi/response-encoder.ts";
import { reasonPhrase } from "../wire/http1/reason-phrases.ts";
import { BodyQueue } from "./body-queue.ts";
import { CgiFacts } from "./cgi-facts.ts";
import { Connection, isAscii, TIME_LIMITS } from "./connection.ts";
import { GatewayExchange, type ResponseSink } from "./exchange.ts";
import { answer, type Gateway } from "./gateway.ts";
import type { ResponsePlan } from "./response-plan.ts";

/** FCGI_REQUEST_COMPLETE (FastCGI 1.0, section 5.5). */
const REQUEST_COMPLETE = 0;

/** A FastCGI connection: one request at a time, kept where the web server asks for it (FastCGI 1.0, section 3). */
export class FastcgiConnection extends Connection implements ResponseSink {
  readonly #decoder: FastcgiRequestDecoder;
  #requestId = 0;
  #keep = false;
  /** Bytes of a request have arrived and its variables are not whole. */
  #beginning = false;
  #served = 0;
  #received = 0;

  constructor(gateway: Gateway, transport: Transport) {
    super(gateway, transport);
    this.#decoder = new FastcgiRequestDecoder(gateway.options.bufferSize);
  }

  protected receive(chunk: Buffer): void {
    this.since = this.gateway.now;
    this.#decoder.push(chunk);
    this.borrow();
    this.#decoder.own();
  }

  protected overdue(now: number): void {
    const quiet = now - this.since;
    if (this.exchange) {
      if (this.body && !this.body.complete && !this.body.full && quiet > TIME_LIMITS.body)
        this.cut(new Error("The request body came too slowly"));
    } else if (this.#beginning || this.#served === 0) {
      if (quiet > TIME_LIMITS.head) this.cut(new Error("The request came too slowly"));
    } else if (quiet > (this.gateway.draining ? TIME_LIMITS.drainIdle : TIME_LIMITS.idle)) {
      this.close();
    }
  }

  override get protocol(): "fastcgi" {
    return "fastcgi";
  }

  protected override get isKept(): boolean {
    return this.#served > 0 && this.#keep && !this.closing;
  }

  protected override get isBetween(): boolean {
    return this.exchange === undefined && this.#decoder.isIdle;
  }

  drain(): void {
    // A kept connection may have a request on its way: it is answered, and the connection closed after it.
    this.#keep = false;
    if (!this.exchange && !this.#beginning) this.since = this.gateway.now;
  }

  inform(): void {
    // CGI has no interim responses (RFC 3875, section 6.3).
  }

  head(plan: ResponsePlan): void {
    this.data(Buffer.from(plan.head(encodePlan), "latin1"));
  }

  whole(plan: ResponsePlan, body: string | Uint8Array): void {
    const head = plan.head(encodePlan);
    if (isAscii(body, plan.length) && head.length + body.length <= LARGEST_CONTENT) {
      this.exchange = undefined;
      // As `sendWhole` has it: nothing is scheduled for what is about to leave.
      this.outbox.gathering = true;
      this.send(encodeWhole(this.#requestId, head + body));
      this.#nextRequest();
      return;
    }
    this.data(Buffer.from(head, "latin1"));
    this.data(typeof body === "string" ? Buffer.from(body) : body);
    this.finish();
  }

  data(chunk: Uint8Array): boolean {
    let more = true;
    for (const part of encodeStdout(this.#requestId, chunk)) more = this.send(part);
    return more;
  }

  finish(): void {
    this.exchange = undefined;
    this.send(encodeEnd(this.#requestId, 0, REQUEST_COMPLETE));
    this.#nextRequest();
  }

  override cut(error: Error = new Error("The response was cut off")): void {
    if (!this.exchange?.started || this.closing) {
      super.cut(error);
      return;
    }
    this.lost(error);
    this.send(BROKEN_RECORD);
    // Not destroyed: the record has to arrive behind what is still waiting to be sent.
    this.close();
  }

  #nextRequest(): void {
    this.body?.discard();
    this.body = undefined;
    this.#decoder.finish(this.#requestId);
    this.#served += 1;
    this.since = this.gateway.now;
    if (!this.#keep) {
      this.close();
      return;
    }
    this.resume();
    this.pump();
  }

  protected step(): boolean {
    if (this.body?.full) {
      this.pause();
      return false;
    }
    if (!this.exchange && this.outbox.isFull) {
      this.pause();
      return false;
    }
    const event = this.#decoder.next();
    switch (event.type) {
      case "begin":
        this.#requestId = event.requestId;
        this.#keep = event.keepConnection && !this.gateway.draining;
        this.#beginning = true;
        return true;
      case "params":
        this.#begin(event.variables, event.length);
        return true;
      case "data":
        this.#take(event.chunk);
        return true;
      case "end":
        this.#bodyEnded();
        return true;
      case "abort":
        this.exchange?.lost(new Error("The web server aborted the request"));
        this.exchange = undefined;
        this.send(encodeEnd(this.#requestId, 0, REQUEST_COMPLETE));
        this.#beginning = false;
        this.#nextRequest();
        return !this.closing;
      case "reply":
        this.send(event.bytes);
        if (event.close) this.close();
        return true;
      case "need-data":
        return false;
    }
  }

  #begin(variables: readonly string[], length: number | undefined): void {
    this.#beginning = false;
    this.#received = 0;
    const facts = new CgiFacts(variables, this.peer);
    const hasBody = length === undefined ? bodyWithoutLength(variables) : length > 0;
    const body = hasBody ? new BodyQueue(length, () => this.wanted()) : null;
    this.body = body ?? undefined;
    const exchange = new GatewayExchange(facts, body, this, this.gateway.writes.turn);
    this.exchange = exchange;
    const { limitPost } = this.gateway.options;
    if (limitPost > 0 && length !== undefined && length > limitPost)
      answer(exchange, 413, "Content Too Large\n");
    else this.gateway.handle(exchange);
  }

  #take(chunk: Buffer): void {
    const body = this.body;
    if (!body) return;
    this.#received += chunk.length;
    const { limitPost } = this.gateway.options;
    if (limitPost > 0 && this.#received > limitPost)
      this.refuse(413, new Error("The request body is larger than limit-post"));
    else if (body.length === undefined || this.#received <= body.length) body.push(this.kept(chunk));
    else this.refuse(400, new Error("The request body is longer than its CONTENT_LENGTH"));
  }

  #bodyEnded(): void {
    const body = this.body;
    if (!body) return;
    if (body.length !== undefined && this.#received < body.length)
      body.fail(new Error("The request body is shorter than its CONTENT_LENGTH"));
    else body.end();
  }

  protected refuse(status: number, error: Error): void {
    this.gateway.options.log.info(`refused a FastCGI request with ${status}: ${error.message}`);
    this.#keep = false;
    const exchange = this.exchange;
    this.body?.fail(error);
    exchange?.fail(error);
    if (exchange?.started) this.cut(error);
    else if (exchange) answer(exchange, status, `${reasonPhrase(status)}\n`);
    else {
      this.data(
        Buffer.from(
          `${encodeHead(status, reasonPhrase(status), "Content-Type: text/plain\r\n")}${reasonPhrase(status)}\n`,
        ),
      );
      this.send(encodeEnd(this.#requestId, 0, REQUEST_COMPLETE));
      this.close();
    }
  }
}

/** A body of unknown length is announced by its coding (NGINX passes HTTP_TRANSFER_ENCODING when it does not buffer). */
function bodyWithoutLength(variables: readonly string[]): boolean {
  for (let i = 0; i < variables.length; i += 2) if (variables[i] === "HTTP_TRANSFER_ENCODING") return true;
  return false;
}

function encodePlan({ status, reason, fields }: ResponsePlan): string {
  return encodeHead(status, reason ?? reasonPhrase(status), fields);
}
