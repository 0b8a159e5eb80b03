import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseResponseHead } from "../../src/app/response-head.ts";

describe("a response head as node writes it", () => {
  test("status, reason, fields in order, where the body starts", () => {
    const text =
      "HTTP/1.1 404 Not Found\r\nX-A: 1: 2\r\nset-cookie: a\r\nset-cookie: b\r\nx-empty: \r\n\r\nbody\r\n\r\n";
    const head = parseResponseHead(text);
    assert.deepEqual(head, {
      status: 404,
      reason: "Not Found",
      headers: ["X-A", "1: 2", "set-cookie", "a", "set-cookie", "b", "x-empty", ""],
      end: text.indexOf("body"),
    });
  });

  test("without fields, without a reason", () => {
    assert.deepEqual(parseResponseHead("HTTP/1.1 100 Continue\r\n\r\n"), {
      status: 100,
      reason: "Continue",
      headers: [],
      end: 25,
    });
    assert.deepEqual(parseResponseHead("HTTP/1.1 200 \r\n\r\n"), {
      status: 200,
      reason: "",
      headers: [],
      end: 17,
    });
  });

  test("Transfer-Encoding is left to the gateway", () => {
    const head = parseResponseHead("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-a: 1\r\n\r\n");
    assert.deepEqual(head?.headers, ["x-a", "1"]);
  });

  test("what is not ASCII becomes the bytes that its encoding has for it", () => {
    const text = "HTTP/1.1 200 OK\r\nx-a: \xf6\r\n\r\n";
    assert.deepEqual(parseResponseHead(text, "latin1")?.headers, ["x-a", "\xf6"]);
    assert.deepEqual(parseResponseHead(text, "utf8")?.headers, ["x-a", "\xc3\xb6"]);
  });

  for (const text of ["", "HTTP/1.1 200 OK\r\nx-a: 1\r\n", "hello\r\n\r\n"]) {
    test(`is not ${JSON.stringify(text)}`, () => assert.equal(parseResponseHead(text), undefined));
  }
});
