import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteQueue } from "../../../src/wire/cgi/byte-queue.ts";
import { Gathered } from "../../../src/wire/cgi/gathered.ts";

describe("ByteQueue", () => {
  it("hands out views of what was pushed, never copies", () => {
    const queue = new ByteQueue();
    const chunk = Buffer.from("abcdef");
    queue.push(chunk);
    queue.push(Buffer.alloc(0));
    queue.push(Buffer.from("gh"));

    const first = queue.take(4)!;
    assert.equal(first.toString(), "abcd");
    assert.equal(first.buffer, chunk.buffer);
    assert.equal(first.byteOffset, chunk.byteOffset);
    assert.equal(queue.take(4)!.toString(), "ef");
    assert.equal(queue.take(Infinity)!.toString(), "gh");
    assert.equal(queue.take(1), undefined);
  });

  it("takes 300,000 chunks of one byte in linear time", () => {
    const queue = new ByteQueue();
    const chunk = Buffer.from("x");
    for (let i = 0; i < 300_000; i++) queue.push(chunk);
    let taken = 0;
    while (queue.take(10) !== undefined) taken++;
    assert.equal(taken, 300_000);
  });
});

describe("Gathered", () => {
  it("keeps a single piece as the view it is", () => {
    const piece = Buffer.from("whole");
    const gathered = new Gathered();
    gathered.append(piece);
    assert.equal(gathered.bytes.buffer, piece.buffer);
    assert.equal(gathered.bytes.byteOffset, piece.byteOffset);
  });

  it("joins pieces without writing into any of them", () => {
    const room = Buffer.from("abcdefgh");
    const gathered = new Gathered();
    gathered.append(room.subarray(0, 2));
    gathered.append(Buffer.from("XY"));
    for (let i = 0; i < 100; i++) gathered.append(Buffer.from("."));
    assert.equal(gathered.bytes.toString(), `abXY${".".repeat(100)}`);
    assert.equal(room.toString(), "abcdefgh");
  });

  it("is empty again after clear", () => {
    const gathered = new Gathered();
    gathered.append(Buffer.from("a"));
    gathered.append(Buffer.from("b"));
    gathered.clear();
    assert.equal(gathered.length, 0);
    gathered.append(Buffer.from("c"));
    assert.equal(gathered.bytes.toString(), "c");
  });
});
