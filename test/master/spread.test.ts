import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { surplus } from "../../src/master/spread.ts";

describe("what the busiest worker passes on", () => {
  const cases: [kept: number[], count: number][] = [
    [[0, 0], 0],
    [[1, 0], 0],
    [[2, 0], 0],
    [[3, 0], 1],
    [[4, 0], 2],
    [[5, 3], 0],
    [[33, 31], 0],
    [[34, 30], 2],
    [[50, 14], 18],
    [[14, 50], 18],
    [[33, 32], 0],
    [[64, 0, 0, 0], 48],
    [[22, 21, 21], 0],
    [[10_000, 0], 256],
  ];
  for (const [kept, count] of cases)
    test(`${kept.join(" and ")}: ${count}`, () => assert.equal(surplus(kept), count));
});
