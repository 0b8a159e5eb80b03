import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProtocolError } from "../../../src/wire/http1/protocol-error.ts";
import { type Http1Event, Http1RequestDecoder } from "../../../src/wire/http1/request-decoder.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

function decoderWith(...pieces: string[]): Http1RequestDecoder {
  const decoder = new Http1RequestDecoder();
  for (const piece of pieces) decoder.push(Buffer.from(piece, "latin1"));
  return decoder;
}

function types(decoder: Http1RequestDecoder): string[] {
  const seen: string[] = [];
  let event: Http1Event;
  do {
    event = decoder.next();
    seen.push(event.type);
  } while (event.type !== "need-data" && event.type !== "paused");
  return seen;
}

describe("Http1RequestDecoder", () => {
  test("needs data first, and after it was told so", () => {
    const decoder = decoderWith();
    assert.deepEqual(types(decoder), ["need-data"]);
    decoder.push(Buffer.alloc(0));
    assert.deepEqual(types(decoder), ["need-data"]);
    decoder.push(Buffer.from(GET));
    assert.deepEqual(types(decoder), ["head", "end", "paused"]);
  });

  test("stays paused, with the next request held, until it is started", () => {
    const decoder = decoderWith(GET, GET);
    assert.deepEqual(types(decoder), ["head", "end", "paused"]);
    assert.deepEqual(types(decoder), ["paused"]);
    assert.equal(decoder.buffered, GET.length);
    decoder.startNext();
    assert.equal(decoder.buffered, GET.length);
    assert.deepEqual(types(decoder), ["head", "end", "paused"]);
    assert.equal(decoder.buffered, 0);
    decoder.startNext();
    assert.deepEqual(types(decoder), ["need-data"]);
  });

  test("does not start a request before the last one has ended", () => {
    const decoder = decoderWith(POST, "hell");
    assert.throws(() => decoder.startNext(), /Cannot start the next request/);
    assert.deepEqual(types(decoder), ["head", "data", "need-data"]);
    assert.throws(() => decoder.startNext(), /Cannot start the next request/);
    decoder.push(Buffer.from("o"));
    assert.deepEqual(types(decoder), ["data", "end", "paused"]);
    decoder.startNext();
  });

  test("gives body data as parts of what was pushed", () => {
    const whole = Buffer.from(`${CHUNKED}5\r\nhello\r\n0\r\n\r\n`);
    const decoder = new Http1RequestDecoder();
    decoder.push(whole);
    assert.equal(decoder.next().type, "head");
    const event = decoder.next();
    assert.ok(event.type === "data");
    assert.equal(event.chunk.toString(), "hello");
    assert.equal(event.chunk.buffer, whole.buffer);
    assert.equal(event.chunk.byteOffset, whole.byteOffset + CHUNKED.length + 3);
  });

  test("gives a pushed chunk that is all body as it is", () => {
    const decoder = decoderWith(POST);
    const body = Buffer.from("hello");
    decoder.push(body);
    decoder.next();
    const event = decoder.next();
    assert.ok(event.type === "data");
    assert.equal(event.chunk, body);
  });

  test("tells whether it is within a head", () => {
    const decoder = decoderWith();
    assert.equal(decoder.midHead, false);
    for (const [piece, midHead] of [
      ["\r", false],
      ["\n", false],
      ["P", true],
      [POST.slice(1, -1), true],
      ["\n", false],
      ["hello", false],
    ] as const) {
      decoder.push(Buffer.from(piece));
      types(decoder);
      assert.equal(decoder.midHead, midHead, JSON.stringify(piece));
    }
    decoder.startNext();
    decoder.push(Buffer.from("G"));
    types(decoder);
    assert.equal(decoder.midHead, true);
  });

  test("counts the bytes it holds, those of half a head too", () => {
    const decoder = decoderWith("GET / HT", "TP/1.1\r\nHo");
    assert.equal(decoder.buffered, 18);
    assert.deepEqual(types(decoder), ["need-data"]);
    assert.equal(decoder.buffered, 18);
    decoder.push(Buffer.from("st: a\r\n\r\nrest"));
    assert.equal(decoder.next().type, "head");
    assert.equal(decoder.buffered, 4);
  });

  test("hands over what it has not told, for an upgraded connection", () => {
    const decoder = decoderWith(
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n\x01`,
      "\x02",
      "\x03",
    );
    assert.deepEqual(types(decoder), ["head", "end", "paused"]);
    assert.deepEqual(decoder.takeRest(), Buffer.from([1, 2, 3]));
    assert.equal(decoder.buffered, 0);
    assert.deepEqual(decoder.takeRest(), Buffer.alloc(0));
    assert.deepEqual(types(decoder), ["paused"]);
  });

  test("hands over half a head as well", () => {
    const decoder = decoderWith("GET / HT", "TP");
    types(decoder);
    decoder.push(Buffer.from("/1.1"));
    assert.equal(decoder.takeRest().toString(), "GET / HTTP/1.1");
  });

  test("throws the same error again, whatever is pushed", () => {
    const decoder = decoderWith("GET / HTTP/2.0\r\n");
    const errors = [1, 2].map(() => {
      decoder.push(Buffer.from(GET));
      try {
        return decoder.next();
      } catch (error) {
        return error;
      }
    });
    assert.ok(errors[0] instanceof ProtocolError);
    assert.equal(errors[0].status, 505);
    assert.equal(errors[0].section, "RFC 9110, section 15.6.6");
    assert.match(errors[0].message, /expected HTTP\/1\.0 or HTTP\/1\.1: got major version 2/);
    assert.equal(errors[1], errors[0]);
  });

  test("goes through many waiting chunks without keeping those it has read", () => {
    const decoder = decoderWith(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n`);
    assert.equal(decoder.next().type, "head");
    let told = 0;
    for (let round = 0; round < 500; round++) {
      decoder.push(Buffer.from("a"));
      decoder.push(Buffer.from("b"));
      const event = decoder.next();
      if (event.type === "data") told += event.chunk.length;
      assert.equal(decoder.buffered, round + 1);
    }
    assert.equal(told, 500);
    const rest = types(decoder);
    assert.equal(rest.filter((type) => type === "data").length, 500);
    assert.deepEqual(rest.slice(-2), ["end", "paused"]);
  });
});
