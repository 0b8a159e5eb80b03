import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { CgiFacts } from "../../src/gateway/cgi-facts.ts";
import { httpClient } from "../../src/gateway/http-client.ts";
import { HttpFacts } from "../../src/gateway/http-facts.ts";
import { createTrust } from "../../src/gateway/trust.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { CgiError } from "../../src/wire/cgi/request-facts.ts";
import type { FieldSection } from "../../src/wire/http1/field-section.ts";
import { ProtocolError } from "../../src/wire/http1/protocol-error.ts";
import { Http1RequestDecoder, type Http1RequestHead } from "../../src/wire/http1/request-decoder.ts";
import { FakeExchange } from "../support/fake-exchange.ts";
import { answerFetch } from "../support/start-fetch.ts";

/** Names of what every object has, and of what promises and iterators are told by. */
const NAMES = [
  ..."__proto__ constructor prototype toString valueOf hasOwnProperty isPrototypeOf __defineGetter__".split(
    " ",
  ),
  ..."__lookupSetter__ then toJSON length name 0 1 -1 4294967295".split(" "),
];
const FIELDS = NAMES.flatMap((name) => [name, `value of ${name}`]);
const TRANSPORT = { localAddress: "" } as Transport;
const PEER = { address: "192.0.2.1", port: 1, trusted: true };

describe("names of JavaScript's own are names of fields", () => {
  test("for a fetch handler", async () => {
    for (const repeat of [1, 3]) {
      let got: (string | null)[] = [];
      let all: Record<string, string> = {};
      await answerFetch(
        (request) => {
          got = NAMES.map((name) => request.headers.get(name));
          all = Object.fromEntries(request.headers);
          return new Response("", { headers: [...request.headers] });
        },
        { headers: Array.from({ length: repeat }, () => FIELDS).flat() },
      );
      assert.deepEqual(
        got,
        NAMES.map((name) => Array(repeat).fill(`value of ${name}`).join(", ")),
      );
      assert.equal(Object.getPrototypeOf(all), Object.prototype);
      assert.equal(Object.hasOwn(all, "__proto__"), true);
    }
  });

  test("for a node listener, as node has them", async () => {
    let raw: string[] = [];
    let headers: NodeJS.Dict<string | string[]> = {};
    let distinct: NodeJS.Dict<string[]> = {};
    const app = nodeListenerApp("node listener", (request: IncomingMessage, response: ServerResponse) => {
      raw = request.rawHeaders;
      headers = request.headers;
      distinct = request.headersDistinct;
      response.end();
    });
    const exchange = new FakeExchange({ headers: FIELDS });
    await app.handle(exchange);
    await exchange.closed;
    assert.deepEqual(raw, FIELDS);
    assert.equal(headers["constructor"], "value of constructor");
    assert.deepEqual(distinct["tostring"], ["value of toString"]);
  });

  test("for CGI variables, over every wire", () => {
    const { head } = headOf(FIELDS);
    const client = httpClient(head.fields, TRANSPORT, PEER, createTrust([]));
    const overHttp = new HttpFacts(head, TRANSPORT, client).variables();
    assert.equal(overHttp["HTTP_CONSTRUCTOR"], "value of constructor");
    assert.equal(Object.getPrototypeOf(overHttp), null);
    const own = ["__proto__", "x", "constructor", "y", "REQUEST_METHOD", "GET", "REQUEST_URI", "/"];
    const overUwsgi = new CgiFacts([...own, "HTTP___PROTO__", "z"], PEER);
    assert.deepEqual(Object.entries(overUwsgi.variables())[0], ["__proto__", "x"]);
    assert.deepEqual(overUwsgi.headers, ["--proto--", "z"]);
    assert.equal(Object.getPrototypeOf(overUwsgi.variables()), null);
  });

  test("and change no prototype", () => {
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });
});

describe("a flood of fields is refused before anybody walks through it", () => {
  const flood = (count: number, name: (n: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => [name(n), "v"]).flat();

  for (const [kind, name] of [
    ["of one name", () => "X-A"],
    ["of many names", (n: number) => `X-${n}`],
    // What engines hash by their number, without a seed.
    ["of numbers", (n: number) => `${n * 1024}`],
  ] as const) {
    test(`${kind}, over HTTP`, () => {
      assert.equal(headOf(flood(127, name)).head.headers.length, 256);
      assert.throws(
        () => headOf(flood(128, name)),
        (error) => error instanceof ProtocolError && error.status === 431,
      );
    });

    test(`${kind}, as variables`, () => {
      const variables = (count: number): string[] => [
        ...flood(count, (n) => `HTTP_${name(n).replaceAll("-", "_").toUpperCase()}`),
        ...["REQUEST_METHOD", "GET", "REQUEST_URI", "/"],
      ];
      assert.equal(new CgiFacts(variables(128), PEER).headers.length, 256);
      assert.throws(
        () => new CgiFacts(variables(129), PEER),
        (error) => error instanceof CgiError && error.status === 431,
      );
    });
  }
});

/** Work that grows with the square of a value's length would take hours here. */
test("long values of whitespace and separators are read in linear time", { timeout: 60_000 }, async () => {
  const patterns = [" ", "\t", ",", ", ", ";", "\xa0", '"', "\\", "%", "127.0.0.1, "];
  const names = [
    "Connection",
    "Cookie",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "Upgrade",
    "If-None-Match",
    "Range",
    "X",
  ];
  for (const pattern of patterns) {
    const value = `a${pattern.repeat(300_000 / pattern.length)}\xe9`;
    const headers = names.flatMap((name) => [name, value]);
    const { head } = headOf(["X", "y"]);
    const fields = { forwardedFor: value, forwardedProto: value } as FieldSection;
    const client = httpClient(fields, TRANSPORT, PEER, createTrust([]));
    new HttpFacts({ ...head, headers } as unknown as Http1RequestHead, TRANSPORT, client).variables();
    await answerFetch((request) => new Response("", { headers: { x: request.headers.get("x") ?? "" } }), {
      headers,
    });
  }
});

function headOf(fields: readonly string[]) {
  const decoder = new Http1RequestDecoder();
  let text = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (let at = 0; at < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`;
  decoder.push(Buffer.from(`${text}\r\n`, "latin1"));
  const event = decoder.next();
  assert.equal(event.type, "head");
  return event;
}
