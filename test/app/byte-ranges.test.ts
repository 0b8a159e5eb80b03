import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { byteRanges } from "../../src/app/byte-ranges.ts";

const ignored = undefined;
const many = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${i}-${i}`).join(",")}`;

describe("byte ranges of 10 bytes (RFC 9110, section 14)", () => {
  const cases: [range: string, ranges: [number, number][] | undefined][] = [
    ["bytes=0-0", [[0, 0]]],
    ["bytes=0-9", [[0, 9]]],
    ["bytes=0-99999999999999999999999", [[0, 9]]],
    ["bytes=4-", [[4, 9]]],
    ["bytes=-3", [[7, 9]]],
    ["bytes=-99", [[0, 9]]],
    ["BYTES=4-5", [[4, 5]]],
    [
      "bytes=0-1,4-5",
      [
        [0, 1],
        [4, 5],
      ],
    ],
    [
      "bytes= 0-1 ,\t-2",
      [
        [0, 1],
        [8, 9],
      ],
    ],
    [
      "bytes=8-,0-1",
      [
        [8, 9],
        [0, 1],
      ],
    ],
    ["bytes=10-,0-1", [[0, 1]]],
    ["bytes=-0,0-1", [[0, 1]]],
    ["bytes=10-", []],
    ["bytes=10-12,99-", []],
    ["bytes=-0", []],
    ["bytes=99999999999999999999999-", []],
    ["bytes=0-5,3-9", ignored],
    ["bytes=0-,0-", ignored],
    ["bytes=5-4", ignored],
    ["bytes=0-1,5-4", ignored],
    ["bytes=", ignored],
    ["bytes=-", ignored],
    ["bytes=,", ignored],
    ["bytes=0-1,", ignored],
    ["bytes=0", ignored],
    ["bytes=a-b", ignored],
    ["bytes=0x1-2", ignored],
    ["bytes=+1-2", ignored],
    ["bytes=1--2", ignored],
    ["bytes=1-2-3", ignored],
    ["bytes 0-1", ignored],
    ["bytes =0-1", ignored],
    ["lines=0-1", ignored],
    ["0-1", ignored],
    ["", ignored],
    [many(10), Array.from({ length: 10 }, (_, i) => [i, i])],
    [many(17), ignored],
  ];
  for (const [range, wanted] of cases) {
    test(JSON.stringify(range).slice(0, 60), () => {
      assert.deepEqual(
        byteRanges(range, 10),
        wanted?.map(([first, last]) => ({ first, last })),
      );
    });
  }

  test("of an empty file", () => {
    assert.deepEqual(byteRanges("bytes=0-", 0), []);
    assert.deepEqual(byteRanges("bytes=-0", 0), []);
    assert.equal(byteRanges("bytes=-5", 0), ignored);
  });
});
