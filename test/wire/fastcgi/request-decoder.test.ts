import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FastcgiRequestDecoder } from "../../../src/wire/fastcgi/request-decoder.ts";
import { nest } from "../cgi/notation.ts";
import { fastcgiBytes } from "./notation.ts";

const BEGIN = ["begin 1", "  hex 00 01 01 00 00 00 00 00"];

function decoder(lines: string[]): FastcgiRequestDecoder {
  const made = new FastcgiRequestDecoder(4096);
  made.push(fastcgiBytes(nest(lines)));
  return made;
}

function types(from: FastcgiRequestDecoder): string[] {
  const list: string[] = [];
  for (let event = from.next(); event.type !== "need-data"; event = from.next()) list.push(event.type);
  return list;
}

describe("FastcgiRequestDecoder", () => {
  it("hands out the body as views of what was pushed", () => {
    const bytes = fastcgiBytes(nest([...BEGIN, "params 1", "stdin 1", '  "body"']));
    const reader = new FastcgiRequestDecoder(4096);
    reader.push(bytes);
    assert.equal(reader.next().type, "begin");
    assert.equal(reader.next().type, "params");
    const event = reader.next();
    assert.ok(event.type === "data");
    assert.equal(event.chunk.buffer, bytes.buffer);
    assert.equal(event.chunk.byteOffset, bytes.byteOffset + bytes.length - 4);
  });

  it("drops the rest of a record whose request is finished in its midst", () => {
    const reader = decoder([...BEGIN, "params 1", "stdin 1 length=6", '  "abc"']);
    assert.deepEqual(types(reader), ["begin", "params", "data"]);
    reader.finish(1);
    reader.push(Buffer.from("def"));
    reader.push(fastcgiBytes(nest([...BEGIN, "params 1"])));
    assert.deepEqual(types(reader), ["begin", "params"]);
  });

  it("keeps nothing of variables whose request is finished before they are complete", () => {
    const reader = decoder([...BEGIN, "params 1 length=9", "  hex 01 01 41"]);
    assert.deepEqual(types(reader), ["begin"]);
    reader.finish(1);
    reader.push(Buffer.from("123456"));
    reader.push(fastcgiBytes(nest([...BEGIN, "params 1", "  B = 2", "params 1"])));
    assert.equal(reader.next().type, "begin");
    const event = reader.next();
    assert.deepEqual(event.type === "params" && event.variables, ["B", "2"]);
  });

  it("does not mind a BEGIN_REQUEST that is half here when its predecessor is finished", () => {
    const reader = decoder([...BEGIN, "params 1", "stdin 1", "begin 1 length=8", "  hex 00 01"]);
    assert.deepEqual(types(reader), ["begin", "params", "end"]);
    reader.finish(1);
    reader.push(Buffer.from([1, 0, 0, 0, 0, 0]));
    assert.deepEqual(types(reader), ["begin"]);
  });

  it("ignores finish for a request that is not the current one", () => {
    const reader = decoder([...BEGIN]);
    assert.deepEqual(types(reader), ["begin"]);
    reader.finish(2);
    reader.push(fastcgiBytes(nest(["params 1"])));
    assert.deepEqual(types(reader), ["params"]);
  });

  it("has the whole PARAMS limit again for the next request", () => {
    const request = [...BEGIN, "params 1", '  A = "x" * 3000', "params 1", "stdin 1"];
    const reader = decoder(request);
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(types(reader), ["begin", "params", "end"]);
      reader.finish(1);
      reader.push(fastcgiBytes(nest(request)));
    }
  });
});
