import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { restartWait } from "../../src/master/companion.ts";

describe("a companion that has ended", () => {
  it("is started again at once where it was steady, else later each time, half a minute at the most", () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 100].map(restartWait),
      [0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000],
    );
  });
});
