import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UwsgiError, UwsgiRequestDecoder } from "../../../src/wire/uwsgi/request-decoder.ts";
import { nest } from "../cgi/notation.ts";
import { uwsgiBytes } from "./notation.ts";

describe("UwsgiRequestDecoder", () => {
  it("hands out the body as views of what was pushed", () => {
    const packet = uwsgiBytes(nest(["packet 0 0", "  CONTENT_LENGTH = 8"]));
    const first = Buffer.concat([packet, Buffer.from("abc")]);
    const second = Buffer.from("defgh, and more");
    const decoder = new UwsgiRequestDecoder(4096);
    decoder.push(first);
    decoder.push(second);
    assert.equal(decoder.next().type, "packet");
    for (const [chunk, text] of [
      [first, "abc"],
      [second, "defgh"],
    ] as const) {
      const event = decoder.next();
      assert.ok(event.type === "data");
      assert.equal(event.chunk.toString(), text);
      assert.equal(event.chunk.buffer, chunk.buffer);
    }
    assert.equal(decoder.next().type, "end");
    assert.equal(decoder.excess, ", and more".length);
    assert.equal(decoder.next().type, "done");
  });

  it("throws the same error again, whatever comes", () => {
    const decoder = new UwsgiRequestDecoder(4096);
    decoder.push(Buffer.from("GET / HTTP/1.1\r\n"));
    let first: unknown;
    assert.throws(
      () => decoder.next(),
      (error) => {
        first = error;
        return error instanceof UwsgiError;
      },
    );
    decoder.push(uwsgiBytes(nest(["packet 0 0", "  A = 1"])));
    assert.throws(
      () => decoder.next(),
      (error) => error === first,
    );
  });
});
