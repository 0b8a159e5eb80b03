import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChunkLine } from "../../../src/wire/http1/chunk-line.ts";
import { HeadScanner } from "../../../src/wire/http1/head-scanner.ts";
import { DEFAULT_HTTP1_LIMITS } from "../../../src/wire/http1/limits.ts";
import { Http1RequestDecoder } from "../../../src/wire/http1/request-decoder.ts";

/** The same bytes, with a count of how often one is read. */
function counted(text: string): { bytes: Uint8Array; reads: () => number } {
  const plain = Buffer.from(text, "latin1");
  let reads = 0;
  const bytes = new Proxy(plain, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) reads++;
      const value: unknown = Reflect.get(target, key, target);
      return value;
    },
  });
  return { bytes, reads: () => reads };
}

function headOf(size: number): string {
  const head = `GET / HTTP/1.1\r\nHost: a\r\n${"X-Name: value and more\r\n".repeat(20)}Y: `;
  return `${head}${"z".repeat(size - head.length - 4)}\r\n\r\n`;
}

describe("work is linear in the bytes, counted", () => {
  for (const step of [1, 7, 100_000]) {
    test(`a head in pieces of ${step}`, () => {
      const size = 30_000;
      const { bytes, reads } = counted(headOf(size));
      const scanner = new HeadScanner(DEFAULT_HTTP1_LIMITS);
      for (let at = 0; at < size; ) at = scanner.scan(bytes, at, Math.min(size, at + step));
      assert.equal(scanner.done, true);
      // Twice where one part ends and the next begins.
      assert.ok(reads() < size * 2.1, `${reads()} reads of ${size} bytes`);
    });
  }

  test("a chunk line byte by byte", () => {
    const { bytes, reads } = counted(`5;${"x".repeat(200)}\r\n`);
    const line = new ChunkLine(256);
    for (let at = 0; at < bytes.length; ) at = line.scan(bytes, at, at + 1);
    assert.equal(line.size, 5);
    assert.equal(reads(), bytes.length);
  });

  test("a head that drips in is copied a few times at the most", (t) => {
    let copied = 0;
    const { copy } = Buffer.prototype;
    t.mock.method(Buffer.prototype, "copy", function (this: Buffer, target: Buffer, ...rest: number[]) {
      const bytes = copy.call(this, target, ...rest);
      copied += bytes;
      return bytes;
    });
    const bytes = Buffer.from(headOf(30_000));
    const decoder = new Http1RequestDecoder();
    for (let at = 0; at < bytes.length - 1; at++) {
      decoder.push(bytes.subarray(at, at + 1));
      assert.equal(decoder.next().type, "need-data");
    }
    decoder.push(bytes.subarray(-1));
    assert.equal(decoder.next().type, "head");
    assert.ok(
      copied >= bytes.length && copied < bytes.length * 3,
      `${copied} bytes copied of ${bytes.length}`,
    );
  });
});
