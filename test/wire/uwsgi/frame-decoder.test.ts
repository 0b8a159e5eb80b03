import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FRAME, FrameDecoder } from "../../../src/wire/uwsgi/frame-decoder.ts";
import { MAX_RESPONSE_HEAD, UwsgiResponseError } from "../../../src/wire/uwsgi/response-decoder.ts";
import { splits } from "../cgi/splits.ts";

/** As python/portico_worker/kept.py writes it. */
function frame(
  flags: number,
  head: string,
  body: string | Buffer,
  number = 7,
  bodyLength = body.length,
): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(flags * 2 ** 24 + head.length, 0);
  header.writeUInt32LE(bodyLength, 4);
  header.writeUInt32LE(number, 8);
  return Buffer.concat([header, Buffer.from(head, "latin1"), Buffer.from(body as string)]);
}

/** Flags with numbers, heads and bodies in turn; pieces of one body as one. */
function decode(pieces: readonly Buffer[]): string[] {
  const decoder = new FrameDecoder();
  const seen: string[] = [];
  let body = "";
  for (const piece of pieces) {
    // Memory that holds something else when the next piece comes.
    const lent = Buffer.from(piece);
    decoder.push(lent);
    for (let one = decoder.next(); one !== undefined; one = decoder.next()) {
      if (one.head !== "") seen.push(`head ${one.head}`);
      body += one.body.toString("latin1");
      if (one.flags !== 0) {
        seen.push(`body ${body}`, `flags ${one.flags} of ${one.number}`);
        body = "";
      }
    }
    lent.fill(0xff);
  }
  return seen;
}

describe("frames of a kept connection", () => {
  const head = "HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\n\r\n";
  const cases: [string, Buffer[], string[]][] = [
    ["a word without more", [frame(FRAME.joined, "", "", 2 ** 32 - 1)], ["body ", "flags 2 of 4294967295"]],
    ["a whole response", [frame(FRAME.end, head, "hello")], [`head ${head}`, "body hello", "flags 1 of 7"]],
    [
      "one in parts",
      [frame(0, head, "one"), frame(0, "", ""), frame(0, "", "two"), frame(FRAME.end, "", "")],
      [`head ${head}`, "body onetwo", "flags 1 of 7"],
    ],
    [
      "one after the other",
      [frame(FRAME.end, head, "", 8), frame(FRAME.claim, "", "", 9), frame(FRAME.cut, "", "x", 9)],
      [`head ${head}`, "body ", "flags 1 of 8", "body ", "flags 4 of 9", "body x", "flags 8 of 9"],
    ],
  ];
  for (const [title, frames, expected] of cases)
    it(`${title}, however the bytes come`, () => {
      const bytes = Buffer.concat(frames);
      for (const { name, cut } of splits()) assert.deepEqual(decode(cut(bytes)), expected, name);
    });

  it("a head that is too large is refused before it has come", () => {
    const decoder = new FrameDecoder();
    const header = Buffer.alloc(12);
    header.writeUInt32LE(MAX_RESPONSE_HEAD + 1, 0);
    decoder.push(header);
    assert.throws(() => decoder.next(), UwsgiResponseError);
  });

  it("a body of 4 GB less one byte is not waited for", () => {
    const decoder = new FrameDecoder();
    decoder.push(frame(FRAME.end, "", "begun", 7, 2 ** 32 - 1));
    assert.deepEqual({ ...decoder.next()! }, { flags: 0, number: 7, head: "", body: Buffer.from("begun") });
    assert.equal(decoder.next(), undefined);
  });
});
