import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  FastcgiError,
  type FastcgiEvent,
  FastcgiRequestDecoder,
} from "../../../src/wire/fastcgi/request-decoder.ts";
import { type Case, readCorpus } from "../cgi/corpus.ts";
import { literal, type Node, nest, variable } from "../cgi/notation.ts";
import { splits } from "../cgi/splits.ts";
import { fastcgiBytes } from "./notation.ts";

describe("the FastCGI corpus", () => {
  for (const one of readCorpus("fastcgi")) {
    it(`${one.file}:${one.line} ${one.title}`, () => {
      const bytes = fastcgiBytes(nest(one.bytes));
      for (const split of splits())
        assert.deepEqual(decode(one, split.cut(bytes)), expected(one), split.name);
    });

    it(`${one.file}:${one.line} ${one.title}, with trailing bytes`, () => {
      if (one.events.at(-1) === "incomplete") return; // They would belong to the record.
      // A record for a request that was never begun, and the first half of a header.
      const bytes = Buffer.concat([
        fastcgiBytes(nest(one.bytes)),
        fastcgiBytes(nest(["stdin 999 padding=3", '  "trailing"'])),
        Buffer.of(1, 5, 0),
      ]);
      for (const split of splits())
        assert.deepEqual(decode(one, split.cut(bytes)), expected(one), split.name);
    });
  }
});

/** An event as the runner compares it: neighbouring data are one, text is latin1. */
type Seen = readonly (string | number | boolean | undefined)[];

/** Runs the decoder over the chunks, calling `finish` where the expected events say so. */
function decode(one: Case, chunks: readonly Buffer[]): Seen[] {
  const decoder = new FastcgiRequestDecoder(Number(one.settings.get("max") ?? 4096));
  const script = expected(one);
  const events: Seen[] = [];
  const drain = (): boolean => {
    for (;;) {
      const next = script[events.length];
      if (next?.[0] === "finish") {
        decoder.finish(Number(next[1]));
        events.push(next);
        continue;
      }
      try {
        const event = decoder.next();
        if (event.type === "need-data") return true;
        add(events, event);
      } catch (error) {
        assert.ok(error instanceof FastcgiError, String(error));
        assert.throws(() => decoder.next(), error); // It stays refused.
        events.push(["error", error.status, error.message]);
        return false;
      }
    }
  };
  for (const chunk of chunks) {
    decoder.push(chunk);
    if (!drain()) break;
  }
  return events;
}

function add(events: Seen[], event: FastcgiEvent): void {
  const before = events.at(-1);
  if (event.type === "data" && before?.[0] === "data" && before[1] === event.requestId) {
    events[events.length - 1] = ["data", event.requestId, `${before[2]}${event.chunk.toString("latin1")}`];
  } else events.push(seen(event));
}

function seen(event: FastcgiEvent): Seen {
  switch (event.type) {
    case "begin":
      return ["begin", event.requestId, event.keepConnection];
    case "params":
      return ["params", event.requestId, event.length, ...event.variables];
    case "data":
      return ["data", event.requestId, event.chunk.toString("latin1")];
    case "reply":
      return ["reply", event.close, event.bytes.toString("hex")];
    case "end":
    case "abort":
      return [event.type, event.requestId];
    case "need-data":
      return [event.type];
  }
}

function expected(one: Case): Seen[] {
  return nest(one.events)
    .filter((node) => node.text !== "incomplete")
    .map(expectedEvent);
}

function expectedEvent({ text, under }: Node): Seen {
  const [type, id, ...rest] = text.split(" ");
  const requestId = Number(id);
  switch (type) {
    case "begin":
      return ["begin", requestId, rest[0] === "keep"];
    case "params": {
      const length = rest[0] === undefined ? undefined : Number(rest[0].replace("length=", ""));
      return ["params", requestId, length, ...under.flatMap((node) => variable(node.text))];
    }
    case "data":
      return ["data", requestId, literal(rest.join(" "))!.toString("latin1")];
    case "reply": {
      const bytes = fastcgiBytes(under);
      if (bytes[7] === 0xee) bytes[7] = 0; // The notation's reserved byte; ours is 0.
      return ["reply", id === "close", bytes.toString("hex")];
    }
    case "error":
      return ["error", requestId, `Cannot read the FastCGI request: ${rest.join(" ")}`];
    default:
      return [type, requestId];
  }
}
