import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { REQUEST_COMPLETE, STDERR, STDOUT } from "../../../src/wire/fastcgi/constants.ts";
import { decodePairs, encodePairs } from "../../../src/wire/fastcgi/pairs.ts";
import { decodeHeader } from "../../../src/wire/fastcgi/record.ts";
import {
  encodeEnd,
  encodeHead,
  encodeStderr,
  encodeStdout,
  encodeWhole,
  LARGEST_CONTENT,
} from "../../../src/wire/fastcgi/response-encoder.ts";

interface Record {
  type: number;
  id: number;
  content: Buffer;
}

function records(bytes: Buffer): Record[] {
  const list: Record[] = [];
  for (let at = 0; at < bytes.length; ) {
    const header = decodeHeader(bytes, at);
    assert.equal(header.version, 1);
    const start = at + 8;
    at = start + header.contentLength + header.paddingLength;
    assert.ok(at <= bytes.length, "a record reaches past the end");
    list.push({
      type: header.type,
      id: header.requestId,
      content: bytes.subarray(start, start + header.contentLength),
    });
  }
  return list;
}

describe("encodeStdout", () => {
  for (const length of [1, 2_048, 2_049, 65_528, 65_529, 65_535, 65_536, 200_001]) {
    it(`carries ${length} bytes`, () => {
      const chunk = Buffer.alloc(length, "0123456789abcdef!");
      const read = records(Buffer.concat(encodeStdout(258, chunk)));
      assert.ok(read.every(({ type, id, content }) => type === STDOUT && id === 258 && content.length > 0));
      assert.deepEqual(Buffer.concat(read.map(({ content }) => content)), chunk);
    });
  }

  it("gives no record for no bytes: an empty one would end the stream", () => {
    assert.deepEqual(encodeStdout(1, new Uint8Array(0)), []);
  });

  it("copies no large chunk, and minds where a Uint8Array lies in its memory", () => {
    const memory = new Uint8Array(100_000).map((_, i) => i % 251);
    const chunk = memory.subarray(7, 90_007);
    const buffers = encodeStdout(1, chunk);
    assert.deepEqual(
      buffers.map((buffer) => buffer.length),
      [8, 65_528, 8, 90_000 - 65_528],
    );
    assert.equal(buffers[1]!.buffer, memory.buffer);
    assert.equal(buffers[1]!.byteOffset, 7);
    assert.ok(Buffer.concat([buffers[1]!, buffers[3]!]).equals(chunk));
  });
});

describe("encodeStderr", () => {
  it("carries text", () => {
    const [record] = records(Buffer.concat(encodeStderr(3, Buffer.from("oops"))));
    assert.deepEqual(record, { type: STDERR, id: 3, content: Buffer.from("oops") });
  });
});

describe("encodeEnd", () => {
  it("ends STDOUT, then the request", () => {
    assert.equal(
      encodeEnd(1, 0, REQUEST_COMPLETE).toString("hex"),
      "0106000100000000" + "0103000100080000" + "0000000000000000",
    );
  });

  it("tells both statuses", () => {
    assert.equal(encodeEnd(1, 0x01020304, 2).subarray(16).toString("hex"), "0102030402000000");
  });

  it("ends STDERR where it was used", () => {
    const types = records(encodeEnd(1, 0, 0, true)).map(({ type }) => type);
    assert.deepEqual(types, [6, 7, 3]);
  });
});

describe("encodeHead", () => {
  it("writes a Status and the fields", () => {
    assert.equal(
      encodeHead(200, "OK", "content-type: text/plain\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n"),
      "Status: 200 OK\r\ncontent-type: text/plain\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\n",
    );
  });

  it("gives a whole response the same records as its parts", () => {
    for (const requestId of [1, 0x1234]) {
      const head = encodeHead(200, "OK", "x: y\r\n");
      const parts = [...encodeStdout(requestId, Buffer.from(`${head}body`)), encodeEnd(requestId, 0, 0)];
      assert.equal(encodeWhole(requestId, `${head}body`), Buffer.concat(parts).toString("latin1"));
    }
    const most = "x".repeat(LARGEST_CONTENT);
    assert.equal(records(Buffer.from(encodeWhole(1, most), "latin1"))[0]!.content.length, LARGEST_CONTENT);
  });

  it("keeps the space where there is no reason", () => {
    assert.equal(encodeHead(299, "", ""), "Status: 299 \r\n\r\n");
  });
});

describe("pairs", () => {
  it("come back as they were", () => {
    const pairs = [
      "A",
      "",
      "B",
      "x".repeat(127),
      "C",
      "y".repeat(128),
      "n".repeat(300),
      "\xff".repeat(70_000),
    ];
    assert.deepEqual(decodePairs(encodePairs(pairs)), pairs);
  });

  it("have lengths of one byte up to 127, of four from 128 on", () => {
    assert.equal(
      encodePairs(["A", "x".repeat(127)])
        .subarray(0, 2)
        .toString("hex"),
      "017f",
    );
    assert.equal(
      encodePairs(["A", "x".repeat(128)])
        .subarray(0, 5)
        .toString("hex"),
      "0180000080",
    );
  });
});
