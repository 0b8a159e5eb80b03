import { ProtocolError } from "../../src/wire/http1/protocol-error.ts";
import { type Http1Event, Http1RequestDecoder } from "../../src/wire/http1/request-decoder.ts";
import type { Reading, ReadRequest } from "./reading.ts";

/** What our decoder makes of a connection. @throws whatever it throws that is not a ProtocolError */
export function ourReading(pieces: Iterable<Buffer>): Reading {
  const decoder = new Http1RequestDecoder();
  const requests: (ReadRequest & { body: string; isComplete: boolean })[] = [];
  let isKept = true;
  let last = 0;
  const read = (piece: Buffer): string | undefined => {
    last = piece.at(-1) ?? last;
    decoder.push(piece);
    for (;;) {
      const event = nextOf(decoder);
      if (typeof event === "string") return event;
      if (event.type === "need-data") return undefined;
      if (event.type === "head") {
        const { method, target, version, headers: fields, keepAlive } = event.head;
        isKept = keepAlive;
        requests.push({ method, target, version, fields, body: "", isComplete: false });
      } else if (event.type === "data") {
        requests.at(-1)!.body += event.chunk.toString("latin1");
      } else if (event.type === "end") {
        requests.at(-1)!.isComplete = true;
      } else if (isKept) {
        decoder.startNext();
      } else {
        return undefined;
      }
    }
  };

  for (const piece of pieces) {
    const refusal = read(piece);
    if (refusal !== undefined) return { requests, refusal, isDoomed: false };
  }
  const told = requests.map((request) => ({ ...request }));
  const { midHead } = decoder;
  const refusal = read(Buffer.from(last === CR ? "\n\r\n" : "\r\n\r\n"));
  const isDoomed = refusal !== undefined && (midHead || !OF_CHUNK.test(refusal));
  return { requests: told, refusal: undefined, isDoomed };
}

const CR = 0x0d;
/** A line break where a chunk is to end or begin is no end of the trailers. */
const OF_CHUNK = /section (?:2\.2|7\.1)/;

/** An event, or the class of the refusal: the status, the rule and what was wanted, without what came instead. */
function nextOf(decoder: Http1RequestDecoder): Http1Event | string {
  try {
    return decoder.next();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const wanted = /: expected (.*?): got /s.exec(error.message)?.[1] ?? error.message;
    return `${error.status} ${error.section}: ${wanted.replace(/, not with .*/s, "")}`;
  }
}
