import { hash, timingSafeEqual } from "node:crypto";
import { isMd5Crypt, md5Crypt } from "./md5-crypt.ts";
import { isShaCrypt, shaCrypt } from "./sha-crypt.ts";

/** Bytes: hashing takes as long as the square of it, and nobody types more. */
const LONGEST = 256;
/** Bytes of SHA-1; behind them the salt. */
const SHA1 = 20;

/** Whether we can verify a hash of an htpasswd file: SHA-crypt, MD5-crypt, {SSHA}, {SHA} and {PLAIN}. */
export function isVerifiable(stored: string): boolean {
  return isShaCrypt(stored) || isMd5Crypt(stored) || /^\{(?:SSHA|SHA|PLAIN)\}/.test(stored);
}

/**
 * Whether the password is that of the hash, which is verifiable and has one latin1 character a byte. Takes the same time for every wrong one.
 */
export async function verifyPassword(password: Buffer, stored: string): Promise<boolean> {
  if (password.length > LONGEST) return false;
  const [expected, made] = await digests(password, stored);
  return expected.length === made.length && timingSafeEqual(expected, made);
}

/** What is to be the same. */
async function digests(password: Buffer, stored: string): Promise<[Buffer, Buffer]> {
  if (isShaCrypt(stored)) return [Buffer.from(stored), Buffer.from(await shaCrypt(password, stored))];
  if (isMd5Crypt(stored)) return [Buffer.from(stored), Buffer.from(md5Crypt(password, stored))];
  const [, kind = "", text = ""] = /^\{(\w+)\}(.*)$/s.exec(stored) ?? [];
  if (kind === "PLAIN") return [sha1(Buffer.from(text, "latin1")), sha1(password)];
  const bytes = Buffer.from(text, "base64");
  const salt = kind === "SSHA" ? bytes.subarray(SHA1) : Buffer.alloc(0);
  return [bytes.subarray(0, SHA1), sha1(Buffer.concat([password, salt]))];
}

function sha1(bytes: Buffer): Buffer {
  return hash("sha1", bytes, "buffer");
}
