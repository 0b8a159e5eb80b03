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
/** A case is cut in two at every place, of long ones at so many on both ends. */
const PLACES = 400;
const NEXT = Buffer.from("GET /next HTTP/1.0\r\n\r\n");
const NEXT_EVENTS = "head GET /next HTTP/1.0\nhost\nbody none\nclose\nend";

/** Where RFC 9110 and 9112 say how a request is cut out of a connection, or what a server makes of its parts. */
const FRAMING = [
  ["9110", "2.5 5.1 5.4 5.5 5.6.1 5.6.3 6.5.1 6.6.2 7.2 7.6.1 7.8 8.6 9.1 10.1.1 10.1.4 15.6.6"],
  ["9112", "2.2 2.3 3 3.1 3.2 3.2.1 3.2.2 3.2.3 3.2.4 5 5.1 5.2 6 6.1 6.2 6.3 7.1 7.1.1 7.1.2 9.3 9.3.2"],
] as const;

describe("the corpus", () => {
  test("has a rule and a promise of its own for every case", () => {
    assert.ok(cases.length > 450, `${cases.length} cases`);
    for (const { name, reason } of cases) assert.match(reason, /RFC \d+, section \d/, name);
    assert.equal(new Set(cases.map(({ bytes }) => bytes.toString("latin1"))).size, cases.length);
  });

  test("has a case for every section that touches framing", () => {
    const named = cases.map(({ reason }) => reason).join("\n");
    const without = FRAMING.flatMap(([rfc, sections]) =>
      sections
        .split(" ")
        .filter((section) => !named.includes(`RFC ${rfc}, section ${section}`))
        .map((section) => `${rfc}, ${section}`),
    );
    assert.deepEqual(without, []);
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
      for (const at of places(bytes.length)) {
        assert.equal(transcript([bytes.subarray(0, at), bytes.subarray(at)]), events, `cut in two at ${at}`);
      }
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

function* places(length: number): Generator<number> {
  for (let at = 1; at < length; at++) if (at <= PLACES || length - at <= PLACES) yield at;
}

function* singly(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
