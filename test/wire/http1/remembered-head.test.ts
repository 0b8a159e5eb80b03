import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { DEFAULT_HTTP1_LIMITS } from "../../../src/wire/http1/limits.ts";
import { Http1RequestDecoder, type Http1RequestHead } from "../../../src/wire/http1/request-decoder.ts";
import { readCorpus } from "../../corpus/read-corpus.ts";
import { cut, seededRandom } from "./random-splits.ts";
import { transcript } from "./transcript.ts";

const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
const ROUNDS = 4000;
const POINTED = Buffer.from("\r\n\t \0:;,019x/*%aAhH", "latin1");

/** Requests that are whole, and followed by nothing: the next one may come. */
const whole = readCorpus(new URL("../../corpus/http1/", import.meta.url), "http")
  .filter(({ bytes }) => bytes.length > 0 && bytes.length < 2000)
  .map(({ bytes }) => Buffer.from(bytes))
  .filter((bytes) => /(?:^|\n)end$/.test(transcript([bytes])));

describe("what was met before is read as if it had not been", () => {
  test(`nearly the same request again, SEED=${seed}`, () => {
    const random = seededRandom(seed);
    const pick = (length: number): number => Math.floor(random() * length);
    for (let round = 0; round < ROUNDS; round++) {
      const first = whole[pick(whole.length)]!;
      const next = mutated(first);
      const after = transcript([first, next]);
      const alone = `${transcript([first])}\n${transcript([next])}`.trimEnd();
      const input = JSON.stringify([first.toString("latin1"), next.toString("latin1")]);
      assert.equal(after, alone, input);
      assert.equal(transcript([first, ...cut(next, random)]), alone, input);
      assert.equal(
        transcript([Buffer.concat([first, first]), next]),
        `${transcript([first])}\n${alone}`,
        input,
      );
    }

    function mutated(bytes: Buffer): Buffer {
      const at = pick(bytes.length);
      // In every other round in the request line.
      const place = random() < 0.5 ? at % Math.max(1, bytes.indexOf("\n") + 3) : at;
      const put = Buffer.from([POINTED[pick(POINTED.length)]!]).subarray(0, pick(3));
      return Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + pick(3))]);
    }
  });

  test("the same field lines mean something else in HTTP/1.0", () => {
    const next = headsOf();
    assert.equal(next("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").keepAlive, true);
    const head = next("GET /bc HTTP/1.0\r\nHost: a\r\n\r\n");
    assert.deepEqual([head.keepAlive, head.version, head.path], [false, "1.0", "/bc"]);
  });

  test("a head that its request line makes too long is refused", () => {
    const fields = `Host: a\r\nX: ${"x".repeat(100)}\r\n\r\n`;
    const line = "GET / HTTP/1.1\r\n";
    const limit = line.length + fields.length;
    const next = headsOf(limit);
    assert.equal(next(line + fields).path, "/");
    assert.throws(() => next(`GET /a HTTP/1.1\r\n${fields}`), { status: 431 });
  });

  test("a body keeps its length, and its bytes", () => {
    const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n";
    // An empty line ends a head: here it is what the body is.
    const [first, next] = ["\r\n\r\n", "abcd"].map((body) => Buffer.from(head + body));
    assert.equal(transcript([first!, next!]), `${transcript([first!])}\n${transcript([next!])}`);
  });
});

describe("what is met again is not read again", () => {
  test("the same head is the same object, other field lines' head is not", () => {
    const next = headsOf();
    const text = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    const head = next(text);
    assert.equal(next(text), head);
    const other = next("GET /bcd HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
    assert.notEqual(other, head);
    assert.equal(other.fields, head.fields);
    assert.equal(other.path, "/bcd");
    assert.notEqual(next("GET /bcd HTTP/1.1\r\nHost: a\r\nX: z\r\n\r\n").fields, head.fields);
  });

  test("a long head is not kept", () => {
    const next = headsOf();
    const text = `GET /a HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(5000)}\r\n\r\n`;
    assert.notEqual(next(text), next(text));
  });

  test("a client that says something else each time is soon read without looking, and looked at again later", () => {
    const next = headsOf();
    const text = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    next(text);
    const other = next("GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
    let asked = 0;
    for (let head = other; asked === 0 || (asked < 50 && head !== next(text)); asked++) head = next(text);
    assert.ok(asked < 50, "it is recalled in the end");
  });
});

/** Reads requests without a body off one connection. @param limit bytes of a head */
function headsOf(limit = DEFAULT_HTTP1_LIMITS.head): (text: string) => Http1RequestHead {
  const decoder = new Http1RequestDecoder({ ...DEFAULT_HTTP1_LIMITS, head: limit });
  return (text) => {
    decoder.push(Buffer.from(text, "latin1"));
    const event = decoder.next();
    assert.ok(event.type === "head");
    assert.equal(decoder.next().type, "end");
    decoder.startNext();
    assert.equal(decoder.next().type, "need-data");
    return event.head;
  };
}
