import { hash } from "node:crypto";
import { encode64 } from "./crypt64.ts";

/** "$apr1$salt$hash", as `openssl passwd -apr1` and htpasswd make it; "$1$" of crypt(3) differs in that word. */
const FORM = /^\$(apr1|1)\$([^$]{0,8})\$([./\w]{22})$/;
const ROUNDS = 1_000;

export function isMd5Crypt(text: string): boolean {
  return FORM.test(text);
}

/**
 * The hash of a password with the salt of another.
 * Apache, "Password Formats" (https://httpd.apache.org/docs/2.4/misc/password_encryptions.html).
 */
export function md5Crypt(password: Buffer, like: string): string {
  const [, kind, saltText = ""] = FORM.exec(like)!;
  const digest = (...parts: Buffer[]): Buffer => hash("md5", Buffer.concat(parts), "buffer");
  const salt = Buffer.from(saltText, "latin1");
  const bits: Buffer[] = [];
  for (let left = password.length; left > 0; left >>= 1)
    bits.push((left & 1) === 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  const block = digest(password, salt, password);
  const spread = Buffer.alloc(password.length, block);
  let a = digest(password, Buffer.from(`$${kind}$`), salt, spread, ...bits);
  for (let i = 0; i < ROUNDS; i++) {
    const odd = i % 2 === 1;
    const parts = [odd ? password : a];
    if (i % 3 !== 0) parts.push(salt);
    if (i % 7 !== 0) parts.push(password);
    parts.push(odd ? a : password);
    a = digest(...parts);
  }
  const rows = [0, 1, 2, 3, 4].map((k) => encode64([a[k]!, a[k + 6]!, a[k === 4 ? 5 : k + 12]!], 4));
  return `$${kind}$${saltText}$${rows.join("")}${encode64([0, 0, a[11]!], 2)}`;
}
