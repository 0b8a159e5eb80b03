import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { httpClient } from "../../src/gateway/http-client.ts";
import { HttpFacts } from "../../src/gateway/http-facts.ts";
import { createTrust } from "../../src/gateway/trust.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { Http1RequestDecoder } from "../../src/wire/http1/request-decoder.ts";

function factsOf(text: string): HttpFacts {
  const decoder = new Http1RequestDecoder();
  decoder.push(Buffer.from(text, "latin1"));
  const event = decoder.next();
  assert.ok(event.type === "head");
  const transport = { localAddress: "" } as Transport;
  const peer = { address: "192.0.2.1", port: 1, trusted: false };
  return new HttpFacts(
    event.head,
    transport,
    httpClient(event.head.fields, transport, peer, createTrust([])),
  );
}

/** RFC 9112, section 3.2.2. */
describe("the authority of a target in absolute form counts, wherever an app looks for it", () => {
  for (const [title, version, host] of [
    ["against another Host", "1.1", "host: evil\r\n"],
    ["against an empty Host", "1.1", "Host:\r\n"],
    ["without a Host", "1.0", ""],
  ]) {
    test(title!, () => {
      const facts = factsOf(`GET http://b:80/a?c HTTP/${version}\r\nX: y\r\n${host}\r\n`);
      assert.equal(facts.host, "b:80");
      assert.equal(facts.target, "/a?c");
      assert.deepEqual(facts.headers, ["Host", "b:80", "X", "y"]);
      assert.equal(facts.headers, facts.headers, "made once");
      assert.equal(facts.variables()["HTTP_HOST"], "b:80");
      assert.equal(facts.variables()["SERVER_NAME"], "b");
    });
  }

  test("in origin form fields stay as they were sent", () => {
    const facts = factsOf("GET /a HTTP/1.1\r\nX: y\r\nhost: a\r\n\r\n");
    assert.deepEqual(facts.headers, ["X", "y", "host", "a"]);
    assert.equal(facts.variables()["HTTP_HOST"], "a");
  });
});
