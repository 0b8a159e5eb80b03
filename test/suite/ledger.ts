import { createHash } from "node:crypto";

/**
 * What the suite's apps remember from one request to another. Every app under test has one worker,
 * so there is one ledger.
 */
const notes = new Map<string, string>();
const gates = new Map<string, PromiseWithResolvers<void>>();

/** Writes down what happened to the request that calls itself `id`. */
export function note(id: string, text: string): void {
  notes.set(id, text);
}

/** What was written down last; "" where nothing was. */
export function noted(id: string): string {
  return notes.get(id) ?? "";
}

/** Opens when another request says so. */
export function gate(id: string): Promise<void> {
  return gateOf(id).promise;
}

export function openGate(id: string): void {
  gateOf(id).resolve();
}

/** What goes down a long response, one chunk at a time: `bytes` in all, never twice the same object. */
export function* chunks(bytes: number, id: string): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= CHUNK) {
    yield new Uint8Array(Math.min(left, CHUNK)).fill(46);
    if (id !== "") note(id, String(bytes - Math.max(0, left - CHUNK)));
  }
}

/** A large download is made of pieces like these, bytes. */
const CHUNK = 64 * 1024;

/** Length and checksum of a body, as it comes. */
export async function digestOf(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ length: number; sha256: string }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

/** Length alone, for bodies whose checksum would cost more than their transport. */
export async function countOf(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  return length;
}

function gateOf(id: string): PromiseWithResolvers<void> {
  let found = gates.get(id);
  if (!found) {
    found = Promise.withResolvers<void>();
    gates.set(id, found);
  }
  return found;
}
