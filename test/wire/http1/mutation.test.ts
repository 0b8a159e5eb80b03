import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { readCorpus } from "../../corpus/read-corpus.ts";
import { cut, seededRandom } from "./random-splits.ts";
import { transcript } from "./transcript.ts";

const corpus = readCorpus(new URL("../../corpus/http1/", import.meta.url), "http");
const cases = corpus.filter(({ bytes }) => bytes.length > 0 && bytes.length < 2000);
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
const ROUNDS = 3000;
/** The bytes on which recipients disagree, more often than others. */
const POINTED = Buffer.from("\r\n\t \0:;,0x+-1/#*%[]\x7f\x80\xa0\xffchunked", "latin1");

/** transcript throws whatever is not a ProtocolError. */
test(`what is nearly a request has one meaning however it is cut, SEED=${seed}`, () => {
  const random = seededRandom(seed);
  const pick = <T>(list: ArrayLike<T>): T => list[Math.floor(random() * list.length)]!;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutated(Buffer.from(pick(cases).bytes));
    const whole = transcript([bytes]);
    assert.equal(transcript(cut(bytes, random)), whole, JSON.stringify(bytes.toString("latin1")));
  }

  function mutated(bytes: Buffer): Buffer {
    let result = bytes;
    for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) {
      const at = Math.floor(random() * (result.length + 1));
      const byte = Buffer.from([random() < 0.7 ? pick(POINTED) : Math.floor(random() * 256)]);
      const kept = [at, at + 1, Math.min(result.length, at + Math.floor(random() * 20))][
        Math.floor(random() * 3)
      ]!;
      result = Buffer.concat([result.subarray(0, at), byte, result.subarray(kept)]);
    }
    return result;
  }
});
