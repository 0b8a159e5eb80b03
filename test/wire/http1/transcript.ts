import assert from "node:assert/strict";
import { ProtocolError } from "../../../src/wire/http1/protocol-error.ts";
import { Http1RequestDecoder, type Http1RequestHead } from "../../../src/wire/http1/request-decoder.ts";

/** Feeds pieces to a new decoder and tells its events as the corpus writes them, the data of a body in one line. */
export function transcript(pieces: Iterable<Buffer>): string {
  const decoder = new Http1RequestDecoder();
  const lines: string[] = [];
  let data: string | undefined;
  let waiting = false;
  const tell = (...told: string[]) => {
    if (data !== undefined) lines.push(`data ${data}`);
    data = undefined;
    lines.push(...told);
  };
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let event = decoder.next(); event.type !== "need-data"; event = decoder.next()) {
        if (event.type === "head") tell(...headLines(event.head));
        if (event.type === "data") data = (data ?? "") + event.chunk.toString("latin1");
        if (event.type === "end") {
          tell("end");
          assert.deepEqual(decoder.next(), { type: "paused" });
          decoder.startNext();
        }
        waiting = event.type !== "end";
      }
      assert.equal(decoder.next().type, "need-data");
    }
    tell(...(waiting || decoder.midHead ? ["waits"] : []));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    tell(`error ${error.status} ${error.section}`);
    assert.throws(() => decoder.next(), error, "the same error again");
  }
  return lines.join("\n");
}

function headLines(head: Http1RequestHead): string[] {
  const lines = [`head ${head.method} ${head.target} HTTP/${head.version}`, `host ${head.host}`.trimEnd()];
  if (head.path !== head.target) lines.push(`path ${head.path}`);
  for (let at = 0; at < head.headers.length; at += 2) {
    const value = head.headers[at + 1];
    lines.push(`field ${head.headers[at]}:${value === "" ? "" : ` ${value}`}`);
  }
  const { framing } = head;
  lines.push(framing.kind === "length" ? `body length ${framing.length}` : `body ${framing.kind}`);
  lines.push(head.keepAlive ? "keep-alive" : "close");
  if (head.expectContinue) lines.push("expects 100-continue");
  if (head.upgrade !== undefined) lines.push(`upgrade ${head.upgrade}`);
  return lines;
}
