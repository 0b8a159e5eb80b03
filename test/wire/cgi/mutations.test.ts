import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FastcgiError, FastcgiRequestDecoder } from "../../../src/wire/fastcgi/request-decoder.ts";
import { UwsgiError, UwsgiRequestDecoder } from "../../../src/wire/uwsgi/request-decoder.ts";
import { fastcgiBytes } from "../fastcgi/notation.ts";
import { uwsgiBytes } from "../uwsgi/notation.ts";
import { readCorpus } from "./corpus.ts";
import { nest } from "./notation.ts";
import { generator } from "./splits.ts";

/** The cases of the corpora with bytes changed at random. */
const ROUNDS = 20;
const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

describe(`bytes changed at random (SEED=${SEED})`, () => {
  it("read the same as a whole and byte by byte, or are refused the same: uwsgi", () => {
    mutate("uwsgi", uwsgiBytes, (chunks) => {
      const decoder = new UwsgiRequestDecoder(4096);
      return run(
        chunks,
        UwsgiError,
        (chunk) => decoder.push(chunk),
        () => decoder.next(),
      );
    });
  });

  it("read the same as a whole and byte by byte, or are refused the same: FastCGI", () => {
    mutate("fastcgi", fastcgiBytes, (chunks) => {
      const decoder = new FastcgiRequestDecoder(4096);
      return run(
        chunks,
        FastcgiError,
        (chunk) => decoder.push(chunk),
        () => {
          const event = decoder.next();
          if (event.type === "end") decoder.finish(event.requestId);
          return event;
        },
      );
    });
  });
});

function mutate(corpus: string, bytesOf: typeof uwsgiBytes, decode: (chunks: Buffer[]) => string): void {
  const random = generator(SEED);
  for (const one of readCorpus(corpus)) {
    const original = bytesOf(nest(one.bytes)).subarray(0, 1_000);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.from(original);
      for (let n = Math.ceil(random() * 3); n > 0; n--) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() ** 2 * 256);
      }
      const single = Array.from(bytes, (byte) => Buffer.of(byte));
      assert.equal(decode(single), decode([bytes]), `${one.file}:${one.line} as ${bytes.toString("hex")}`);
    }
  }
}

/** The events in writing; data that follow each other are one. Anything but a `Refusal` is thrown on. */
function run(
  chunks: readonly Buffer[],
  Refusal: typeof UwsgiError | typeof FastcgiError,
  push: (chunk: Buffer) => void,
  next: () => { type: string; chunk?: Buffer },
): string {
  let written = "";
  try {
    for (const chunk of chunks) {
      push(chunk);
      for (let event = next(); event.type !== "need-data" && event.type !== "done"; event = next()) {
        if (event.chunk === undefined) written += `\n${JSON.stringify(event)}\n`;
        else written += event.chunk.toString("hex");
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    written += `\n${error.status} ${error.message}`;
  }
  return written;
}
