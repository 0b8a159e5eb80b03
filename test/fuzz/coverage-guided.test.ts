import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, describe, test } from "node:test";
import { Coverage } from "./coverage.ts";
import { guidedFuzzing, type Target } from "./coverage-guided.ts";
import { diceOf } from "./dice.ts";

/** A run that failed is run again with SEED=n, a longer one with FUZZ_SECONDS=n for each codec. */
const SEED = Number(process.env["SEED"] ?? randomInt(2 ** 31));
const SECONDS = Number(process.env["FUZZ_SECONDS"] ?? 1.5);

describe(`fuzzing led by coverage, SEED=${SEED}`, async () => {
  const coverage = new Coverage("/src/wire/");
  const { TARGETS } = await import("./targets.ts");
  after(() => coverage.stop());

  for (const target of TARGETS) {
    test(`${target.name}: no crash, no hang, no growth`, async (t) => {
      const end = performance.now() + SECONDS * 1000;
      const isOver = (): boolean => performance.now() > end;
      const { executions, kept, covered } = await guidedFuzzing(target, coverage, diceOf(SEED), isOver);
      assert.ok(executions > target.seeds.length, `${executions} executions`);
      t.diagnostic(`${executions} executions, ${kept} inputs kept, ${covered} characters of source run`);
    });
  }
});

test("what chance would not find is found", async () => {
  const coverage = new Coverage("nested-conditions");
  const { nestedConditions } = await import("./nested-conditions.ts");
  let found: Buffer | undefined;
  const target: Target = {
    name: "nested conditions",
    seeds: [Buffer.alloc(8)],
    words: [],
    run: (input) => {
      if (nestedConditions(input)) found = input;
    },
  };
  let rounds = 20_000;
  await guidedFuzzing(target, coverage, diceOf(SEED), () => found !== undefined || rounds-- === 0);
  coverage.stop();
  assert.equal(found?.toString("latin1", 0, 4), "FUZZ");
});
