import type { Transport } from "../transport/transport.ts";
import { reasonPhrase } from "../wire/http1/reason-phrases.ts";
import { UwsgiRequestDecoder } from "../wire/uwsgi/request-decoder.ts";
import { encodeHead } from "../wire/uwsgi/response-encoder.ts";
import { BodyQueue } from "./body-queue.ts";
import { CgiFacts } from "./cgi-facts.ts";
import { Connection, TIME_LIMITS } from "./connection.ts";
import { GatewayExchange, type ResponseSink } from "./exchange.ts";
import { answer, type Gateway } from "./gateway.ts";
import type { ResponsePlan } from "./response-plan.ts";

/** A uwsgi connection: one packet, one body, one response, which ends with the connection. */
export class UwsgiConnection extends Connection implements ResponseSink {
  readonly #decoder: UwsgiRequestDecoder;
  #begun = false;

  constructor(gateway: Gateway, transport: Transport) {
    super(gateway, transport);
    this.#decoder = new UwsgiRequestDecoder(gateway.options.bufferSize);
  }

  protected receive(chunk: Buffer): void {
    this.since = this.gateway.now;
    this.#decoder.push(chunk);
    this.borrow();
    this.#decoder.own();
  }

  protected overdue(now: number): void {
    const quiet = now - this.since;
    if (!this.#begun) {
      if (quiet > TIME_LIMITS.head) this.cut(new Error("The packet came too slowly"));
    } else if (this.body && !this.body.complete && !this.body.full && quiet > TIME_LIMITS.body) {
      this.cut(new Error("The request body came too slowly"));
    }
  }

  drain(): void {
    // One request is all there ever is: it is finished. The packet of a fresh connection may be on its way.
  }

  inform(): void {
    // The uwsgi protocol has no interim responses.
  }

  head(plan: ResponsePlan): void {
    this.send(plan.head(encodePlan));
  }

  whole(plan: ResponsePlan, body: string | Uint8Array): void {
    this.sendWhole(plan.head(encodePlan), body, plan.length);
    this.finish();
  }

  data(chunk: Uint8Array): boolean {
    return this.send(chunk);
  }

  finish(): void {
    this.exchange = undefined;
    const isRead = this.body === undefined || this.body.complete;
    this.body?.discard();
    this.close(isRead && this.#decoder.excess === 0);
  }

  override cut(error: Error = new Error("The response was cut off")): void {
    // A response without Content-Length ends where the connection does: a reset is all that tells it from a whole one.
    this.lost(error);
    this.transport.reset();
  }

  protected step(): boolean {
    if (this.body?.full) {
      this.pause();
      return false;
    }
    const event = this.#decoder.next();
    switch (event.type) {
      case "packet":
        this.#begin(event.variables, event.length);
        return true;
      case "data":
        this.body?.push(this.kept(event.chunk));
        return true;
      case "end":
        this.body?.end();
        return true;
      default:
        return false;
    }
  }

  #begin(variables: readonly string[], length: number): void {
    this.#begun = true;
    const facts = new CgiFacts(variables, this.peer);
    const body = length > 0 ? new BodyQueue(length, () => this.wanted()) : null;
    this.body = body ?? undefined;
    const exchange = new GatewayExchange(facts, body, this, this.gateway.writes.turn);
    this.exchange = exchange;
    const { limitPost } = this.gateway.options;
    if (limitPost > 0 && length > limitPost) answer(exchange, 413, "Content Too Large\n");
    else this.gateway.handle(exchange);
  }

  protected refuse(status: number, error: Error): void {
    this.gateway.options.log.info(`refused a uwsgi packet with ${status}: ${error.message}`);
    this.send(
      `${encodeHead(status, reasonPhrase(status), "Content-Type: text/plain\r\n")}${reasonPhrase(status)}\n`,
    );
    this.close();
  }
}

function encodePlan({ status, reason, fields }: ResponsePlan): string {
  return encodeHead(status, reason ?? reasonPhrase(status), fields);
}
