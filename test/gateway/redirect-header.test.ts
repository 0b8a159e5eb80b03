import assert from "node:assert/strict";
import { test } from "node:test";
import { GatewayExchange } from "../../src/gateway/exchange.ts";
import { httpClient } from "../../src/gateway/http-client.ts";
import { HttpFacts } from "../../src/gateway/http-facts.ts";
import type { ResponsePlan } from "../../src/gateway/response-plan.ts";
import { createTrust } from "../../src/gateway/trust.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { Http1RequestDecoder } from "../../src/wire/http1/request-decoder.ts";

function exchangeOf(trusted: boolean): { exchange: GatewayExchange; sent: ResponsePlan[] } {
  const decoder = new Http1RequestDecoder();
  decoder.push(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const event = decoder.next();
  assert.ok(event.type === "head");
  const peer = { address: "192.0.2.1", port: 1, trusted };
  const transport = { localAddress: "" } as Transport;
  const client = httpClient(event.head.fields, transport, peer, createTrust([]));
  const facts = new HttpFacts(event.head, transport, client);
  const sent: ResponsePlan[] = [];
  const sink = {
    inform: () => {},
    head: (plan: ResponsePlan) => void sent.push(plan),
    whole: (plan: ResponsePlan) => void sent.push(plan),
    data: () => true,
    finish: () => {},
    cut: () => {},
  };
  return { exchange: new GatewayExchange(facts, null, sink, 0), sent };
}

const headers = ["x-accel-Redirect", "/private/report.txt"];

test("X-Accel-Redirect is never sent to a client who is no web server", () => {
  const { exchange, sent } = exchangeOf(false);
  assert.throws(
    () => exchange.respondWith(200, undefined, headers, ""),
    /Cannot send X-Accel-Redirect to a client/,
  );
  assert.throws(() => exchange.respond(200, undefined, headers), /Cannot send X-Accel-Redirect to a client/);
  assert.deepEqual([exchange.started, sent], [false, []]);
  exchange.respondWith(200, undefined, ["X-Accel-Buffering", "no"], "");
  assert.equal(sent.length, 1);
});

test("a peer that is trusted may be one", () => {
  const { exchange, sent } = exchangeOf(true);
  exchange.respondWith(200, undefined, headers, "");
  assert.match(sent[0]!.fields, /^x-accel-Redirect: \/private\/report\.txt\r\n/);
});
