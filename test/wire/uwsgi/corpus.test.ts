import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UwsgiError, UwsgiRequestDecoder } from "../../../src/wire/uwsgi/request-decoder.ts";
import { type Case, readCorpus } from "../cgi/corpus.ts";
import { literal, type Node, nest, variable } from "../cgi/notation.ts";
import { splits } from "../cgi/splits.ts";
import { uwsgiBytes } from "./notation.ts";

describe("the uwsgi corpus", () => {
  for (const one of readCorpus("uwsgi")) {
    it(`${one.file}:${one.line} ${one.title}`, () => {
      const bytes = uwsgiBytes(nest(one.bytes));
      for (const split of splits()) {
        const run = decode(one, split.cut(bytes));
        assert.deepEqual(run.events, expected(one), split.name);
        assert.equal(run.excess, 0, split.name);
      }
    });

    it(`${one.file}:${one.line} ${one.title}, with trailing bytes`, () => {
      if (one.events.at(-1) === "need-data") return; // They would belong to the request.
      const bytes = Buffer.concat([uwsgiBytes(nest(one.bytes)), Buffer.from("\0\x05trailing")]);
      for (const split of splits()) {
        const run = decode(one, split.cut(bytes));
        assert.deepEqual(run.events, expected(one), split.name);
        if (one.events.at(-1) === "done") assert.equal(run.excess, 10, split.name);
      }
    });
  }
});

/** An event as the runner compares it: neighbouring data are one, text is latin1. */
type Seen = readonly (string | number)[];

function decode(one: Case, chunks: readonly Buffer[]): { events: Seen[]; excess: number } {
  const decoder = new UwsgiRequestDecoder(Number(one.settings.get("max") ?? 4096));
  const events: Seen[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    const last = drain(decoder, events);
    if (last === "error") break;
  }
  const last = drain(decoder, events);
  if (last !== "error") events.push([last]);
  return { events: merge(events), excess: decoder.excess };
}

function drain(decoder: UwsgiRequestDecoder, events: Seen[]): "need-data" | "done" | "error" {
  for (;;) {
    try {
      const event = decoder.next();
      if (event.type === "need-data" || event.type === "done") return event.type;
      if (event.type === "data") events.push(["data", event.chunk.toString("latin1")]);
      else if (event.type === "end") events.push(["end"]);
      else events.push(["packet", event.modifier2, event.length, ...event.variables]);
    } catch (error) {
      assert.ok(error instanceof UwsgiError, String(error));
      if (events.at(-1)?.[0] !== "error") events.push(["error", error.status, error.message]);
      return "error";
    }
  }
}

function merge(events: readonly Seen[]): Seen[] {
  const merged: Seen[] = [];
  for (const event of events) {
    const before = merged.at(-1);
    if (event[0] === "data" && before?.[0] === "data") {
      merged[merged.length - 1] = ["data", `${before[1]}${event[1]}`];
    } else merged.push(event);
  }
  return merged;
}

function expected(one: Case): Seen[] {
  return nest(one.events).map(expectedEvent);
}

function expectedEvent({ text, under }: Node): Seen {
  const data = /^data (.*)$/.exec(text);
  if (data !== null) return ["data", literal(data[1]!)!.toString("latin1")];
  const packet = /^packet modifier2=(\d+) length=(\d+)$/.exec(text);
  if (packet !== null) {
    return ["packet", Number(packet[1]), Number(packet[2]), ...under.flatMap((node) => variable(node.text))];
  }
  const error = /^error (\d+) (.*)$/.exec(text);
  if (error !== null) {
    return ["error", Number(error[1]), `Cannot read the uwsgi request: ${error[2]}`];
  }
  return [text];
}
