import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { readCorpus } from "../corpus/read-corpus.ts";
import { cut } from "../wire/http1/random-splits.ts";
import { differenceClass } from "./compare.ts";
import { type Dice, diceOf } from "./dice.ts";
import { DIFFERENCES } from "./differences.ts";
import { NodeReader } from "./node-reading.ts";
import { ourReading } from "./our-reading.ts";
import { connectionText, mutated } from "./request-grammar.ts";

/** A run that failed is run again with SEED=n, a longer one with FUZZ_SECONDS=n. */
const SEED = Number(process.env["SEED"] ?? randomInt(2 ** 31));
const SECONDS = Number(process.env["FUZZ_SECONDS"] ?? 4);

/** llhttp heeds what these ask for even where nobody does it, and reads no further. */
const UNLIKE = /upgrade|proxy-connection|connect/i;
const corpus = readCorpus(new URL("../corpus/http1/", import.meta.url), "http")
  .map(({ bytes }) => bytes.toString("latin1"))
  .filter((text) => text.length < 2000 && !UNLIKE.test(text));

const node = new NodeReader();

describe("our decoder and node's own parser read the same requests", () => {
  for (const { name, example, only } of DIFFERENCES) {
    test(`but for one that is explained: ${name}`, () => {
      assert.equal(classOf(example), name);
      if (only !== undefined) assert.match(example, only);
    });
  }

  test(`in bytes made up, whole and cut at random, SEED=${SEED}`, async (t) => {
    const counts = new Map<string, number>();
    const unexplained = new Map<string, string>();
    const end = performance.now() + SECONDS * 1000;
    let cases = 0;
    for (; performance.now() < end; cases++) {
      const dice = diceOf(SEED + cases);
      const text = dice.chance(0.9) ? connectionText(dice) : mutated(dice.pick(corpus), dice);
      const name = classOf(text, dice);
      const known = DIFFERENCES.find((difference) => difference.name === name);
      if (name !== undefined && !(known?.only?.test(text) ?? known))
        unexplained.set(name, `SEED=${SEED + cases} ${JSON.stringify(text)}`);
      counts.set(name ?? "same", (counts.get(name ?? "same") ?? 0) + 1);
      // The sockets' ends are waiting.
      if (cases % 100 === 0) await turn();
    }
    t.diagnostic(`${cases} cases`);
    for (const [name, count] of [...counts].sort()) t.diagnostic(`${count} ${name}`);
    assert.deepEqual([...unexplained], []);
    assert.ok(cases > 10 * SECONDS, `${cases} cases`);
  });
});

/** The class of the difference; with dice, our decoder has to read pieces as it reads the whole, and node gets either. */
function classOf(text: string, dice?: Dice): string | undefined {
  const bytes = Buffer.from(text, "latin1");
  const ours = ourReading([bytes]);
  if (dice === undefined) return differenceClass(ours, node.read([bytes]));
  const pieces = [...(dice.chance(0.5) ? cut(bytes, dice.random) : bits(bytes, dice))];
  assert.deepEqual(ourReading(pieces), ours, `cut differently, SEED=${dice.seed} ${JSON.stringify(text)}`);
  return differenceClass(ours, node.read(dice.chance(0.5) ? pieces : [bytes]));
}

/** Cuts bytes into pieces of one to five. */
function* bits(bytes: Buffer, dice: Dice): Generator<Buffer> {
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = at + 1 + dice.below(5);
    yield bytes.subarray(at, end);
  }
}
