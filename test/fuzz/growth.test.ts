import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FastcgiRequestDecoder } from "../../src/wire/fastcgi/request-decoder.ts";
import { Http1RequestDecoder } from "../../src/wire/http1/request-decoder.ts";
import { UwsgiRequestDecoder } from "../../src/wire/uwsgi/request-decoder.ts";
import { UwsgiResponseDecoder } from "../../src/wire/uwsgi/response-decoder.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Decoder {
  push(chunk: Buffer): void;
  next(): { readonly type: string };
}

/** Begun with `start`, then `again` for as long as anybody likes: all of it is fine, and none of it is to be kept. */
interface Endless {
  readonly name: string;
  make(): Decoder;
  readonly start: string;
  readonly again: string;
}

const POST = "POST / HTTP/1.1\r\nHost: a\r\n";
const BEGIN = "\x01\x01\0\x01\0\x08\0\0\0\x01\x01\0\0\0\0\0";
const CGI_POST = "\x01\x04\0\x01\0\x18\0\0\x0e\x08CONTENT_LENGTH99999999\x01\x04\0\x01\0\0\0\0";

const STREAMS: readonly Endless[] = [
  {
    name: "HTTP/1.1: a body with a length",
    make: () => new Http1RequestDecoder(),
    start: `${POST}Content-Length: 999999999\r\n\r\n`,
    again: "data",
  },
  {
    name: "HTTP/1.1: chunks of a byte with long extensions",
    make: () => new Http1RequestDecoder(),
    start: `${POST}Transfer-Encoding: chunked\r\n\r\n`,
    again: `1;${"e".repeat(250)}\r\na\r\n`,
  },
  {
    name: "HTTP/1.1: requests with heads and trailers near their limits",
    make: () => new Http1RequestDecoder(),
    start: "",
    again: `${POST}X: ${"x".repeat(30_000)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: ${"t".repeat(8000)}\r\n\r\n`,
  },
  {
    name: "uwsgi: a body",
    make: () => new UwsgiRequestDecoder(4096),
    start: "\0\x1b\0\0\x0e\0CONTENT_LENGTH\x09\x00999999999",
    again: "data",
  },
  {
    name: "uwsgi: bytes after a request",
    make: () => new UwsgiRequestDecoder(4096),
    start: "\0\x05\0\0\x01\0A\0\0",
    again: "x",
  },
  {
    name: "uwsgi: the body of a response",
    make: () => new UwsgiResponseDecoder("GET"),
    start: "HTTP/1.1 200 OK\r\n\r\n",
    again: "data",
  },
  {
    name: "uwsgi: bytes after a response",
    make: () => new UwsgiResponseDecoder("GET"),
    start: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    again: "x",
  },
  {
    name: "FastCGI: a body, with padding",
    make: () => new FastcgiRequestDecoder(4096),
    start: BEGIN + CGI_POST,
    again: `\x01\x05\0\x01\0\x01\xff\0a${"p".repeat(255)}`,
  },
  {
    name: "FastCGI: records of requests that were never begun",
    make: () => new FastcgiRequestDecoder(4096),
    start: BEGIN,
    again: `\x01\x04\0\x07\xff\xff\0\0${"p".repeat(65_535)}`,
  },
  {
    name: "FastCGI: requests beside the one that runs",
    make: () => new FastcgiRequestDecoder(4096),
    start: BEGIN,
    again: "\x01\x01\0\x02\0\x08\0\0\0\x01\x01\0\0\0\0\0",
  },
  {
    name: "FastCGI: questions",
    make: () => new FastcgiRequestDecoder(4096),
    start: "",
    again: "\x01\x09\0\0\0\x10\0\0\x0e\0FCGI_MAX_CONNS",
  },
];

/** Bytes. */
const PIECE = 64 * 1024;
const TOTAL = 8 * 1024 * 1024;
const KEPT = 1024 * 1024;

describe("a connection that goes on without end makes nothing grow", () => {
  for (const { name, make, start, again } of STREAMS) {
    test(name, () => {
      const decoder = make();
      const pattern = Buffer.from(again.repeat(Math.ceil((2 * PIECE) / again.length)), "latin1");
      decoder.push(Buffer.from(start, "latin1"));
      drain(decoder);
      const before = held();
      let at = 0;
      for (let sent = 0; sent < TOTAL; sent += PIECE) {
        // A copy, as it comes off a socket.
        decoder.push(Buffer.from(pattern.subarray(at, at + PIECE)));
        drain(decoder);
        at = (at + PIECE) % again.length;
      }
      const more = held() - before;
      assert.ok(more < KEPT, `${more} bytes more`);
    });
  }
});

function drain(decoder: Decoder): void {
  for (let { type } = decoder.next(); type !== "need-data" && type !== "done"; { type } = decoder.next()) {
    if (type === "paused") (decoder as Http1RequestDecoder).startNext();
  }
}

function held(): number {
  // What the first one finds unused is given back by the time of the second.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
