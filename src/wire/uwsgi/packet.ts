import { nameAt } from "../cgi/variable-rules.ts";
import { UwsgiError } from "./error.ts";

/** Bytes of the packet header: modifier1, size of what follows (16 bits, little endian), modifier2. */
export const HEADER_LENGTH = 4;

export interface PacketHeader {
  readonly modifier1: number;
  /** Bytes of the block of variables. */
  readonly size: number;
  readonly modifier2: number;
}

/** @param bytes HEADER_LENGTH of them. */
export function decodeHeader(bytes: Buffer): PacketHeader {
  return { modifier1: bytes[0]!, size: bytes.readUInt16LE(1), modifier2: bytes[3]! };
}

/**
 * The block of variables (uwsgi protocol, "uwsgi vars"): name and value in turn, each a 16-bit little
 * endian length and its bytes.
 * @returns names and values in turn, one latin1 character a byte.
 * @throws UwsgiError (400) where a length leads past the end or a name is none.
 */
export function decodeVariables(block: Buffer): string[] {
  // One conversion for the whole block, then slices: a call into the runtime for each string costs more.
  const text = block.toString("latin1");
  const variables: string[] = [];
  let at = 0;
  while (at < text.length) {
    const name = at + 2;
    const afterName = name + lengthAt(block, at);
    const value = afterName + 2;
    const afterValue = value + lengthAt(block, afterName);
    if (afterValue > block.length) throw cutOff();
    variables.push(nameAt(block, text, name, afterName, refuse), text.slice(value, afterValue));
    at = afterValue;
  }
  return variables;
}

function lengthAt(block: Buffer, at: number): number {
  if (at + 2 > block.length) throw cutOff();
  return block[at]! | (block[at + 1]! << 8);
}

function cutOff(): UwsgiError {
  return new UwsgiError(400, "a variable reaches past the end of the packet");
}

function refuse(status: 400 | 413, problem: string): never {
  throw new UwsgiError(status, problem);
}
