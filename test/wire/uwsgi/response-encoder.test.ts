import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeHead } from "../../../src/wire/uwsgi/response-encoder.ts";

describe("encodeHead", () => {
  it("writes a status line and the fields", () => {
    assert.equal(
      encodeHead(404, "Not Found", "content-type: text/plain\r\nx: \r\n"),
      "HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nx: \r\n\r\n",
    );
  });

  it("keeps the space where there is no reason (RFC 9112, section 4)", () => {
    assert.equal(encodeHead(299, "", ""), "HTTP/1.1 299 \r\n\r\n");
  });
});
