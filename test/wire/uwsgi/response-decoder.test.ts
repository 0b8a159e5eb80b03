import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldLines } from "../../../src/wire/http1/response-encoder.ts";
import {
  MAX_RESPONSE_HEAD,
  UwsgiResponseDecoder,
  UwsgiResponseError,
} from "../../../src/wire/uwsgi/response-decoder.ts";
import { encodeHead } from "../../../src/wire/uwsgi/response-encoder.ts";
import { splits } from "../cgi/splits.ts";

/** What came out, neighbouring data as one; an error is its text. */
interface Seen {
  head?: string[];
  body: string;
  end: "end" | "open" | string;
}

function decode(pieces: readonly Buffer[], method: string, finish: boolean): Seen {
  const decoder = new UwsgiResponseDecoder(method);
  const seen: Seen = { body: "", end: "open" };
  const drain = (): void => {
    for (;;) {
      const event = decoder.next();
      if (event.type === "head" || event.type === "whole")
        seen.head = [String(event.head.status), event.head.reason, ...event.head.headers];
      if (event.type === "data") seen.body += event.chunk.toString("latin1");
      if (event.type === "whole") seen.body += event.body.toString("latin1");
      if (event.type === "end" || event.type === "whole") seen.end = "end";
      if (event.type === "need-data" || event.type === "done") return;
    }
  };
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      drain();
    }
    if (finish) decoder.finish();
    drain();
  } catch (error) {
    assert.ok(error instanceof UwsgiResponseError, String(error));
    seen.end = error.message.replace("Cannot read the uwsgi response: ", "");
  }
  return seen;
}

interface Case {
  readonly title: string;
  readonly bytes: string;
  readonly method?: string;
  /** Whether the connection then ends; true where it is not said. */
  readonly finish?: boolean;
  readonly seen: Seen;
}

const LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const LENGTH_HEAD = ["200", "OK", "Content-Length", "5"];
const NONE = "";

const cases: Case[] = [
  {
    title: "a body to the end of the connection",
    bytes: "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello\r\n\r\nthere",
    seen: { head: ["200", "OK", "X-A", "1", "X-A", "2"], body: "hello\r\n\r\nthere", end: "end" },
  },
  {
    title: "such a body is not whole before that",
    bytes: "HTTP/1.1 200 OK\r\n\r\nhello",
    finish: false,
    seen: { head: ["200", "OK"], body: "hello", end: "open" },
  },
  {
    title: "a body of Content-Length, whole before the connection ends, what follows dropped",
    bytes: `${LENGTH}hello, and more`,
    finish: false,
    seen: { head: LENGTH_HEAD, body: "hello", end: "end" },
  },
  {
    title: "a body of no bytes",
    bytes: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    finish: false,
    seen: { head: ["200", "OK", "content-length", "0"], body: "", end: "end" },
  },
  {
    title: "a body that is cut off",
    bytes: `${LENGTH}he`,
    seen: {
      head: LENGTH_HEAD,
      body: "he",
      end: "the connection ended 3 bytes before the Content-Length",
    },
  },
  {
    title: "the response to HEAD ends with its head",
    bytes: LENGTH,
    method: "HEAD",
    finish: false,
    seen: { head: LENGTH_HEAD, body: "", end: "end" },
  },
  {
    title: "so does a 304",
    bytes: LENGTH.replace("200 OK", "304 Not Modified"),
    finish: false,
    seen: { head: ["304", "Not Modified", "Content-Length", "5"], body: "", end: "end" },
  },
  {
    title: "so does a 204",
    bytes: "HTTP/1.1 204 No Content\r\n\r\nnothing",
    finish: false,
    seen: { head: ["204", "No Content"], body: "", end: "end" },
  },
  {
    title: "HTTP/1.0, no reason, no space before it",
    bytes: "HTTP/1.0 299\r\n\r\n",
    seen: { head: ["299", ""], body: "", end: "end" },
  },
  {
    title: "an empty reason",
    bytes: "HTTP/1.1 299 \r\n\r\n",
    seen: { head: ["299", ""], body: "", end: "end" },
  },
  {
    title: "whitespace around a value, and none in it lost; 0xA0 is no whitespace",
    bytes: "HTTP/1.1 200 OK\r\nA: \t b  c\xa0 \t\r\nB:\r\nC:d\r\n\r\n",
    seen: { head: ["200", "OK", "A", "b  c\xa0", "B", "", "C", "d"], body: "", end: "end" },
  },
  {
    title: "the same Content-Length twice",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nab",
    seen: { head: ["200", "OK", "Content-Length", "2", "content-length", "2"], body: "ab", end: "end" },
  },
  {
    title: "another Content-Length",
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
    seen: { body: NONE, end: "Content-Length is given twice and differs: got 2 and 3" },
  },
  ...["-1", "1e3", "0x10", "", "1, 1", "9007199254740993"].map((length) => ({
    title: `Content-Length ${JSON.stringify(length)}`,
    bytes: `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`,
    seen: { body: NONE, end: `Content-Length: expected a whole number of bytes: got "${length}"` },
  })),
  ...[
    "Status: 200 OK",
    "HTTP/2 200 OK",
    "HTTP/1.1 100 Continue",
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.1 20 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1 200\tOK",
    "http/1.1 200 OK",
    "HTTP/1.1 200 O\x00K",
  ].map((line) => ({
    title: `the status line ${JSON.stringify(line)}`,
    bytes: `${line}\r\nA: b\r\n\r\n`,
    seen: {
      body: NONE,
      end: `expected a status line, HTTP/1.x with a status from 200 to 999: got ${JSON.stringify(line)}`,
    },
  })),
  ...["A : b", " A: b", "A", ": b", "A: b\n", "A: b\nB: c", "A: b\rB: c", "A: \x00", "\xc4: b"].map(
    (line) => ({
      title: `the field line ${JSON.stringify(line)}`,
      bytes: `HTTP/1.1 200 OK\r\n${line}\r\n\r\n`,
      seen: {
        body: NONE,
        end: `expected a field line: got ${JSON.stringify(line.split(/[\r\n]/, 1)[0])}`,
      },
    }),
  ),
  {
    title: "a folded line",
    bytes: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
    seen: { body: NONE, end: 'expected a field line: got " c"' },
  },
  {
    title: "lines that end with LF alone",
    bytes: "HTTP/1.1 200 OK\nA: b\n\n",
    seen: { body: NONE, end: "the connection ended after 22 bytes of the head" },
  },
  {
    title: "half a head",
    bytes: "HTTP/1.1 200 OK\r\nA: b\r\n",
    seen: { body: NONE, end: "the connection ended after 23 bytes of the head" },
  },
  {
    title: "nothing",
    bytes: "",
    seen: { body: NONE, end: "the connection ended after 0 bytes of the head" },
  },
  { title: "nothing yet", bytes: "", finish: false, seen: { body: NONE, end: "open" } },
];

describe("UwsgiResponseDecoder", () => {
  for (const { title, bytes, method = "GET", finish = true, seen } of cases) {
    it(`reads ${title}`, () => {
      const all = Buffer.from(bytes, "latin1");
      for (const split of splits())
        assert.deepEqual(decode(split.cut(all), method, finish), seen, split.name);
    });
  }

  it("takes a head of 64 KB and none larger, whole or in pieces", () => {
    const start = "HTTP/1.1 200 OK\r\nA: ";
    const largest = `${start}${"x".repeat(MAX_RESPONSE_HEAD - start.length - 4)}\r\n\r\n`;
    for (const size of [1, 1000, 1 << 20]) {
      const cut = (text: string): Buffer[] => {
        const pieces: Buffer[] = [];
        for (let at = 0; at < text.length; at += size) pieces.push(Buffer.from(text.slice(at, at + size)));
        return pieces;
      };
      assert.equal(decode(cut(`${largest}body`), "GET", true).body, "body");
      const { end } = decode(cut(largest.replace("A:", "AB:")), "GET", true);
      assert.equal(end, `the head has more than ${MAX_RESPONSE_HEAD} bytes`);
    }
  });

  it("takes linear time for long runs of whitespace", () => {
    const value = `${" ".repeat(30_000)}a${" ".repeat(30_000)}b`;
    const { head } = decode([Buffer.from(`HTTP/1.1 200 OK\r\nA: ${value}\r\n\r\n`)], "GET", true);
    assert.equal(head?.[3], value.slice(30_000));
  });

  it("hands out the body as views of what was pushed", () => {
    const decoder = new UwsgiResponseDecoder("GET");
    const first = Buffer.from(`${LENGTH}he`);
    const second = Buffer.from("llo");
    decoder.push(first);
    decoder.push(second);
    assert.equal(decoder.next().type, "head");
    for (const chunk of [first, second]) {
      const event = decoder.next();
      assert.ok(event.type === "data");
      assert.equal(event.chunk.buffer, chunk.buffer);
    }
    assert.equal(decoder.whole, false);
    assert.equal(decoder.next().type, "end");
    assert.equal(decoder.whole, true);
    assert.equal(decoder.next().type, "done");
  });

  it("hands out at once what is whole in one chunk, its body a view of it", () => {
    const decoder = new UwsgiResponseDecoder("GET");
    const chunk = Buffer.from(`${LENGTH}hello, and more`);
    decoder.push(chunk);
    const event = decoder.next();
    assert.ok(event.type === "whole");
    assert.equal(event.body.toString(), "hello");
    assert.equal(event.body.buffer, chunk.buffer);
    assert.equal(decoder.whole, true);
    assert.equal(decoder.next().type, "done");
  });

  it("keeps a piece of a head when the memory that it came in is used again", () => {
    const decoder = new UwsgiResponseDecoder("GET");
    const memory = Buffer.alloc(64);
    for (let at = 0; at < LENGTH.length; at += 20) {
      const piece = LENGTH.slice(at, at + 20);
      decoder.push(memory.subarray(0, memory.write(piece)));
      if (at + 20 < LENGTH.length) assert.equal(decoder.next().type, "need-data");
      else assert.equal(decoder.next().type, "head");
      decoder.own();
      memory.fill("X");
    }
  });

  it("reads what our own response encoder writes", () => {
    const headers = ["Content-Type", "text/plain", "X", ""];
    const { head } = decode(
      [Buffer.from(encodeHead(404, "Not Found", fieldLines(headers)), "latin1")],
      "GET",
      true,
    );
    assert.deepEqual(head, ["404", "Not Found", ...headers]);
  });
});
