import assert from "node:assert/strict";
import { CgiError, cgiRequest, cgiVariables } from "../../src/wire/cgi/request-facts.ts";
import { FastcgiError, FastcgiRequestDecoder } from "../../src/wire/fastcgi/request-decoder.ts";
import { DEFAULT_HTTP1_LIMITS } from "../../src/wire/http1/limits.ts";
import { ProtocolError } from "../../src/wire/http1/protocol-error.ts";
import { Http1RequestDecoder } from "../../src/wire/http1/request-decoder.ts";
import { UwsgiError, UwsgiRequestDecoder } from "../../src/wire/uwsgi/request-decoder.ts";
import { UwsgiResponseDecoder, UwsgiResponseError } from "../../src/wire/uwsgi/response-decoder.ts";
import { readCorpus } from "../corpus/read-corpus.ts";
import { readCorpus as readWireCorpus } from "../wire/cgi/corpus.ts";
import { nest } from "../wire/cgi/notation.ts";
import { fastcgiBytes } from "../wire/fastcgi/notation.ts";
import { uwsgiBytes } from "../wire/uwsgi/notation.ts";
import type { Target } from "./coverage-guided.ts";

const MAX_VARIABLES = 4096;

/** Every decoder, each with what may be thrown and what has to hold of what it tells. */
export const TARGETS: readonly Target[] = [
  {
    name: "http1 request decoder",
    seeds: short(readCorpus(new URL("../corpus/http1/", import.meta.url), "http").map(({ bytes }) => bytes)),
    words: words(
      "\r\n",
      "\r\n\r\n",
      "chunked",
      "Content-Length: 5\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Host: a\r\n",
      "Expect: 100-continue\r\n",
      "Connection: close\r\n",
      "HTTP/1.1",
      "http://",
      "OPTIONS * ",
      "[::1]",
      ';a="b"',
    ),
    run: (input) =>
      split(input, (pieces) => {
        const decoder = new Http1RequestDecoder();
        return events(
          pieces,
          ProtocolError,
          (piece) => decoder.push(piece),
          () => {
            const event = decoder.next();
            if (event.type === "head") fine(event.head.headers);
            if (event.type === "paused") decoder.startNext();
            if (event.type === "need-data")
              assert.ok(decoder.buffered <= DEFAULT_HTTP1_LIMITS.head, "bytes held");
            return event;
          },
        );
      }),
  },
  {
    name: "uwsgi request decoder",
    seeds: short(readWireCorpus("uwsgi").map((one) => uwsgiBytes(nest(one.bytes)))),
    words: words("\x0e\0CONTENT_LENGTH\x01\x005", "\x09\0HTTP_HOST\x01\0a", "\0\0", "\xff\xff"),
    run: (input) =>
      split(input, (pieces) => {
        const decoder = new UwsgiRequestDecoder(MAX_VARIABLES);
        return events(
          pieces,
          UwsgiError,
          (piece) => decoder.push(piece),
          () => decoder.next(),
        );
      }),
  },
  {
    name: "uwsgi response decoder",
    seeds: words(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello",
      "HTTP/1.0 404\r\n\r\nbody",
      "HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n",
    ),
    words: words("\r\n", "\r\n\r\n", "HTTP/1.1 ", "Content-Length: ", "100", "999", ": "),
    run: (input) =>
      split(input, (pieces) => {
        const decoder = new UwsgiResponseDecoder(input[0] === 0x48 ? "GET" : "HEAD");
        // A response that comes whole is told at once; in pieces it is the same.
        const later: { type: string; chunk?: Buffer }[] = [];
        return events(
          pieces,
          UwsgiResponseError,
          (piece) => decoder.push(piece),
          () => {
            if (later.length > 0) return later.shift()!;
            const event = decoder.next();
            if (event.type === "head" || event.type === "whole") fine(event.head.headers);
            if (event.type !== "whole") return event;
            later.push({ type: "data", chunk: event.body }, { type: "end" });
            return { type: "head", head: event.head };
          },
          () => decoder.finish(),
        );
      }),
  },
  {
    name: "FastCGI request decoder",
    seeds: short(readWireCorpus("fastcgi").map((one) => fastcgiBytes(nest(one.bytes)))),
    words: words(
      "\x01\x01\0\x01\0\x08\0\0\0\x01\x01\0\0\0\0\0",
      "\x01\x04\0\x01\0\0\0\0",
      "\x01\x05\0\x01\0\0\0\0",
      "\x01\x09\0\0\0\x10\0\0\x0e\0FCGI_MAX_CONNS",
      "\x01\x02\0\x01\0\0\0\0",
      "\x0e\x01CONTENT_LENGTH5",
      "\x80\0\0\x80",
    ),
    run: (input) =>
      split(input, (pieces) => {
        const decoder = new FastcgiRequestDecoder(MAX_VARIABLES);
        return events(
          pieces,
          FastcgiError,
          (piece) => decoder.push(piece),
          () => {
            const event = decoder.next();
            if (event.type === "end" || event.type === "abort") decoder.finish(event.requestId);
            return event;
          },
        );
      }),
  },
  {
    name: "CGI facts",
    seeds: words(
      "REQUEST_METHOD\nGET\nREQUEST_URI\n/a?b=c\nHTTP_HOST\na:80\nSERVER_PROTOCOL\nHTTP/1.1\nREMOTE_PORT\n80",
      "REQUEST_METHOD\nPOST\nSCRIPT_NAME\n/a\nPATH_INFO\n/\xe9 b\nQUERY_STRING\nc\nCONTENT_LENGTH\n5\nCONTENT_TYPE\na/b",
      "REQUEST_METHOD\nOPTIONS\nREQUEST_URI\n*\nSERVER_NAME\na\nSERVER_PORT\n8080\nHTTPS\non\nREMOTE_ADDR\nunix:",
      "REQUEST_METHOD\nGET\nREQUEST_URI\nhttp://a/\nHTTP_X_A\n1\nHTTP_X_A\n2\nHTTP_COOKIE\na\nHTTP_TRANSFER_ENCODING\nchunked",
    ),
    words: words(
      "\nHTTP_",
      "\nHTTP___PROTO__\nx",
      "\n__proto__\nx",
      "\nREQUEST_URI\n",
      "\nHTTP_HOST\n[::1]:80",
      "http://",
      "\nSERVER_PORT\n443",
      "\nREQUEST_SCHEME\nhttps",
      "\nCONTENT_LENGTH\n",
      "\nSERVER_NAME\n~^a$",
      "\r",
      "\0",
      "#",
      "%",
    ),
    run(input) {
      const variables = input.toString("latin1").split("\n");
      assert.equal(Object.getPrototypeOf(cgiVariables(variables)), null);
      try {
        const { headers, target, method, host } = cgiRequest(variables);
        fine(headers);
        assert.match(target, /^(?:\/[!-~]*|\*)$/);
        assert.match(method, /^[!-~]+$/);
        assert.match(host, /^[!-~]+$/);
      } catch (error) {
        if (!(error instanceof CgiError)) throw error;
      }
    },
  },
];

/** Every decoder reads the same however the bytes are cut. */
function split(input: Buffer, read: (pieces: readonly Buffer[]) => string): void {
  const middle = input.length >> 1;
  const whole = read([input]);
  assert.equal(read([input.subarray(0, middle), input.subarray(middle)]), whole, "cut in two");
  // It takes as long as many inputs do.
  if (input.length % 8 === 0)
    assert.equal(read(Array.from(input, (byte) => Buffer.of(byte))), whole, "byte by byte");
}

/**
 * The events as text, data joined, up to the refusal. More events than bytes can make is a hang.
 * @param finish tells the decoder that no more will come
 */
function events(
  pieces: readonly Buffer[],
  refusal: new (...args: never[]) => Error,
  push: (piece: Buffer) => void,
  next: () => { readonly type: string; readonly chunk?: Buffer },
  finish?: () => void,
): string {
  let text = "";
  let left = 100 + 4 * pieces.reduce((sum, { length }) => sum + length, 0);
  const drain = (): void => {
    for (let event = next(); event.type !== "need-data" && event.type !== "done"; event = next()) {
      assert.ok(left-- > 0, "no end of events");
      text += event.chunk === undefined ? `\n${JSON.stringify(event)}\n` : event.chunk.toString("hex");
    }
  };
  try {
    for (const piece of pieces) {
      push(piece);
      drain();
    }
    finish?.();
    drain();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
    return `${text}\n${error.message}`;
  }
  return text;
}

/** Names and values that could not be read as anything else further on. */
function fine(headers: readonly string[]): void {
  for (const [at, text] of headers.entries()) {
    assert.match(text, at % 2 === 0 ? /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/ : /^[^\0\r\n]*$/);
  }
}

function words(...texts: string[]): Buffer[] {
  return texts.map((text) => Buffer.from(text, "latin1"));
}

function short(seeds: readonly Buffer[]): Buffer[] {
  return seeds.filter(({ length }) => length < 2000);
}
