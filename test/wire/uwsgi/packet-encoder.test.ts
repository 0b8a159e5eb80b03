import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePacket, MAX_PACKET_SIZE } from "../../../src/wire/uwsgi/packet-encoder.ts";
import { UwsgiRequestDecoder } from "../../../src/wire/uwsgi/request-decoder.ts";
import { nest } from "../cgi/notation.ts";
import { uwsgiBytes } from "./notation.ts";

function bytesOf(variables: readonly string[]): Buffer {
  return Buffer.from(encodePacket(variables)!, "latin1");
}

describe("encodePacket", () => {
  it("writes the header and each name and value with its length", () => {
    assert.deepEqual(
      bytesOf(["REQUEST_METHOD", "GET", "QUERY_STRING", ""]),
      uwsgiBytes(nest(["packet 0 0", "  REQUEST_METHOD = GET", "  QUERY_STRING = "])),
    );
  });

  it("writes what the request decoder reads, every byte of latin1 and lengths of two bytes", () => {
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    for (const variables of [
      ["A", all],
      ["A", "x".repeat(255), "B", "x".repeat(256), "C", "x".repeat(65_000)],
      ["A", "1", "A", "2"],
    ]) {
      const decoder = new UwsgiRequestDecoder(MAX_PACKET_SIZE);
      decoder.push(bytesOf(variables));
      assert.deepEqual(decoder.next(), { type: "packet", modifier1: 0, modifier2: 0, variables, length: 0 });
    }
  });

  it("takes as many bytes as the header can tell, and not one more", () => {
    const largest = MAX_PACKET_SIZE - 2 - 1 - 2;
    assert.deepEqual(bytesOf(["A", "x".repeat(largest)]).subarray(0, 4), Buffer.of(0, 0xff, 0xff, 0));
    assert.equal(encodePacket(["A", "x".repeat(largest + 1)]), undefined);
    assert.equal(encodePacket(["A", "x".repeat(40_000), "B", "x".repeat(40_000)]), undefined);
    assert.equal(encodePacket(["A", "x".repeat(1 << 17)]), undefined);
  });
});
