import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_HTTP1_LIMITS, type Http1Limits } from "../../../src/wire/http1/limits.ts";
import { ProtocolError } from "../../../src/wire/http1/protocol-error.ts";
import { Http1RequestDecoder } from "../../../src/wire/http1/request-decoder.ts";

/** "complete", or the status with which the request was refused; the same for whole and byte by byte. */
function outcome(text: string, limits: Partial<Http1Limits>): string | number {
  const bytes = Buffer.from(text, "latin1");
  const whole = read([bytes], limits);
  const dripped = read(
    Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
    limits,
  );
  assert.equal(dripped, whole);
  return whole;
}

function read(pieces: Buffer[], limits: Partial<Http1Limits>): string | number {
  const decoder = new Http1RequestDecoder({ ...DEFAULT_HTTP1_LIMITS, ...limits });
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (;;) {
        const { type } = decoder.next();
        if (type === "end") return "complete";
        if (type === "need-data") break;
      }
    }
    return "incomplete";
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return error.status;
  }
}

const LINE = "GET /path HTTP/1.1";
const HEAD = `${LINE}\r\nHost: a\r\nX: y\r\n\r\n`;
const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

describe("limits hold to the byte", () => {
  test("request line", () => {
    assert.equal(outcome(HEAD, { requestLine: LINE.length }), "complete");
    assert.equal(outcome(HEAD, { requestLine: LINE.length - 1 }), 414);
  });

  test("head", () => {
    assert.equal(outcome(HEAD, { head: HEAD.length }), "complete");
    assert.equal(outcome(HEAD, { head: HEAD.length - 1 }), 431);
  });

  test("a head limit that the request line alone passes", () => {
    assert.equal(outcome(HEAD, { head: LINE.length }), 414);
  });

  test("head and request line, when no more comes", () => {
    assert.equal(outcome("GET /path", { requestLine: 7 }), 414);
    assert.equal(outcome("GET /path", { requestLine: 8 }), "incomplete");
    assert.equal(outcome(`${LINE}\r\nHost: a`, { head: LINE.length + 10 }), "incomplete");
    assert.equal(outcome(`${LINE}\r\nHost: a`, { head: LINE.length + 9 }), 431);
  });

  test("header count", () => {
    assert.equal(outcome(HEAD, { headerCount: 2 }), "complete");
    assert.equal(outcome(HEAD, { headerCount: 1 }), 431);
  });

  test("chunk line", () => {
    const text = `${CHUNKED}2;abc\r\nhi\r\n0\r\n\r\n`;
    assert.equal(outcome(text, { chunkLine: 5 }), "complete");
    assert.equal(outcome(text, { chunkLine: 4 }), 400);
  });

  test("trailers", () => {
    const trailers = "A: b\r\nC: d\r\n\r\n";
    assert.equal(outcome(`${CHUNKED}0\r\n${trailers}`, { trailers: trailers.length }), "complete");
    assert.equal(outcome(`${CHUNKED}0\r\n${trailers}`, { trailers: trailers.length - 1 }), 431);
    assert.equal(outcome(`${CHUNKED}0\r\n${trailers}`, { headerCount: 2 }), "complete");
    assert.equal(outcome(`${CHUNKED}0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n`, { headerCount: 2 }), 431);
  });

  test("every request on a connection has them anew", () => {
    const decoder = new Http1RequestDecoder({ ...DEFAULT_HTTP1_LIMITS, head: HEAD.length, headerCount: 2 });
    for (let request = 0; request < 5; request++) {
      decoder.push(Buffer.from(HEAD));
      assert.deepEqual([decoder.next().type, decoder.next().type], ["head", "end"]);
      decoder.startNext();
    }
  });
});
