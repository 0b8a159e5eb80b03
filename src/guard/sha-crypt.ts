import { hash } from "node:crypto";
import { encode64 } from "./crypt64.ts";

/** How many rounds run before others get a turn: about a millisecond. */
const SLICE = 500;
const USUAL_ROUNDS = 5_000;

/** A hash of SHA-crypt: "$6$rounds=10000$salt$hash". */
const FORM = /^\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})\$([./\w]+)$/;

export function isShaCrypt(text: string): boolean {
  return FORM.test(text);
}

/**
 * The hash of a password with the salt and the rounds of another, in parts, so that the event loop goes on.
 * U. Drepper, "Unix crypt using SHA-256 and SHA-512" (https://www.akkadia.org/drepper/SHA-crypt.txt); the
 * numbers in comments are its steps.
 */
export async function shaCrypt(password: Buffer, like: string): Promise<string> {
  const [, kind, given, saltText = ""] = FORM.exec(like)!;
  const algorithm = kind === "6" ? "sha512" : "sha256";
  const digest = (...parts: Buffer[]): Buffer => hash(algorithm, Buffer.concat(parts), "buffer");
  const salt = Buffer.from(saltText, "latin1");
  const rounds = given === undefined ? USUAL_ROUNDS : Math.min(999_999_999, Math.max(1_000, Number(given)));

  // 4–8, then 1–12.
  const b = digest(password, salt, password);
  const bits: Buffer[] = [];
  for (let left = password.length; left > 0; left >>= 1) bits.push((left & 1) === 1 ? b : password);
  let a = digest(password, salt, filled(b, password.length), ...bits);
  // 13–16, 17–20.
  const p = filled(digest(...Array<Buffer>(password.length).fill(password)), password.length);
  const s = filled(digest(...Array<Buffer>(16 + a[0]!).fill(salt)), salt.length);
  // 21
  for (let i = 0; i < rounds; i++) {
    if (i % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
    const odd = i % 2 === 1;
    const parts = [odd ? p : a];
    if (i % 3 !== 0) parts.push(s);
    if (i % 7 !== 0) parts.push(p);
    parts.push(odd ? a : p);
    a = digest(...parts);
  }
  const head = given === undefined ? `$${kind}$` : `$${kind}$rounds=${given}$`;
  return `${head}${saltText}$${kind === "6" ? encode512(a) : encode256(a)}`;
}

function filled(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

/** 22e: three bytes from three thirds, which take turns to be first. */
function encode512(a: Buffer): string {
  let text = "";
  for (let k = 0; k < 21; k++) {
    const thirds = [a[k]!, a[k + 21]!, a[k + 42]!];
    const at = (i: number): number => thirds[(i + k) % 3]!;
    text += encode64([at(0), at(1), at(2)], 4);
  }
  return text + encode64([0, 0, a[63]!], 2);
}

function encode256(a: Buffer): string {
  let text = "";
  for (let k = 0; k < 10; k++) {
    const thirds = [a[k]!, a[k + 10]!, a[k + 20]!];
    const at = (i: number): number => thirds[(i + 2 * k) % 3]!;
    text += encode64([at(0), at(1), at(2)], 4);
  }
  return text + encode64([0, a[31]!, a[30]!], 3);
}
