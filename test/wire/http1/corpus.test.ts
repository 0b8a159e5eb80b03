import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { readCorpus } from "../../corpus/read-corpus.ts";
import { cut, seededRandom } from "./random-splits.ts";
import { transcript } from "./transcript.ts";

const cases = readCorpus(new URL("../../corpus/http1/", import.meta.url), "http");
/** A run that failed is run again with SEED=n. */
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
const SPLITS = 8;
const NEXT = Buffer.from("GET /next HTTP/1.0\r\n\r\n");
const NEXT_EVENTS = "head GET /next HTTP/1.0\nhost\nbody none\nclose\nend";

describe("the corpus", () => {
  test("has a rule and a promise of its own for every case", () => {
    assert.ok(cases.length > 200, `${cases.length} cases`);
    for (const { name, reason } of cases) assert.match(reason, /RFC \d+, section \d/, name);
    assert.equal(new Set(cases.map(({ bytes }) => bytes.toString("latin1"))).size, cases.length);
  });

  test("has the rule of its error in the reason", () => {
    const without = cases.filter(({ reason, events }) => {
      const section = /^error \d+ (.*)$/m.exec(events)?.[1];
      return section !== undefined && !reason.includes(section);
    });
    assert.deepEqual(without, []);
  });
});

describe("each case, however it is fed", () => {
  for (const { name, bytes, events } of cases) {
    test(name, () => {
      const random = seededRandom(seed);
      assert.equal(transcript([bytes]), events, "fed whole");
      assert.equal(transcript(singly(bytes)), events, "fed byte by byte");
      for (let round = 0; round < SPLITS; round++) {
        assert.equal(transcript(cut(bytes, random)), events, `cut at random, SEED=${seed}`);
      }
      if (events.endsWith("waits")) return;
      const both = /^error /m.test(events) ? events : `${events}\n${NEXT_EVENTS}`.trimStart();
      assert.equal(transcript([Buffer.concat([bytes, NEXT])]), both, "with a request behind it");
      assert.equal(transcript([bytes, NEXT]), both, "with a request behind it, pushed apart");
    });
  }
});

function* singly(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
