import { nameAt } from "../cgi/variable-rules.ts";
import { FastcgiError } from "./error.ts";

/**
 * Name-value pairs (FastCGI 1.0, section 3.4): length of the name, length of the value, name, value. A
 * length has one byte up to 127, else four, big endian, with the highest bit set.
 * @returns names and values in turn, one latin1 character a byte.
 * @throws FastcgiError (400) where a pair is cut off or a name is none.
 */
export function decodePairs(bytes: Buffer): string[] {
  // One conversion for all, then slices: a call into the runtime for each string costs more.
  const text = bytes.toString("latin1");
  const pairs: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    let nameLength = bytes[at]!;
    let valueLength = bytes[at + 1]!;
    // Both of one byte, as nearly all are.
    if (nameLength < 0x80 && valueLength < 0x80) at += 2;
    else {
      nameLength = lengthAt(bytes, at);
      at += widthAt(bytes, at);
      valueLength = lengthAt(bytes, at);
      at += widthAt(bytes, at);
    }
    const afterName = at + nameLength;
    const afterValue = afterName + valueLength;
    if (afterValue > bytes.length) throw cutOff();
    pairs.push(nameAt(bytes, text, at, afterName, refuse), text.slice(afterName, afterValue));
    at = afterValue;
  }
  return pairs;
}

/** @param pairs names and values in turn, one latin1 character a byte. */
export function encodePairs(pairs: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = Buffer.from(pairs[i]!, "latin1");
    const value = Buffer.from(pairs[i + 1]!, "latin1");
    parts.push(encodeLength(name.length), encodeLength(value.length), name, value);
  }
  return Buffer.concat(parts);
}

function widthAt(bytes: Buffer, at: number): 1 | 4 {
  return bytes[at]! < 0x80 ? 1 : 4;
}

function lengthAt(bytes: Buffer, at: number): number {
  if (at >= bytes.length || at + widthAt(bytes, at) > bytes.length) throw cutOff();
  return widthAt(bytes, at) === 1 ? bytes[at]! : bytes.readUInt32BE(at) - 0x8000_0000;
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(length + 0x8000_0000);
  return bytes;
}

function cutOff(): FastcgiError {
  return new FastcgiError(400, "a name-value pair is cut off");
}

function refuse(_status: 400 | 413, problem: string): never {
  throw new FastcgiError(400, problem);
}
