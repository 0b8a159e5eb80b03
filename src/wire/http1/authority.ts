import { isIPv6 } from "node:net";
import { BYTE_CLASS, REG_NAME } from "./byte-class.ts";

const COLON = 0x3a;
const PERCENT = 0x25;
const IPV6 = /^[0-9A-Fa-f:.]+$/;
const IP_FUTURE = /^v[0-9A-Fa-f]+\.[-._~!$&'()*+,;=:0-9A-Za-z]+$/i;
const PERCENT_ENCODED = /^%[0-9A-Fa-f]{2}$/;

/**
 * Whether text is `uri-host [":" port]` with a host that is not empty, as Host and a target in
 * absolute form have it: no userinfo (RFC 9110, section 4.2.4, calls that an error), no port above 65535
 * (RFC 9110, section 7.2; RFC 3986, section 3.2.2).
 */
export function isAuthority(text: string): boolean {
  if (text.charCodeAt(0) === 0x5b) return isBracketed(text);
  let at = 0;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COLON) break;
    if ((BYTE_CLASS[code]! & REG_NAME) === 0) return false;
    if (code === PERCENT && !PERCENT_ENCODED.test(text.slice(at, at + 3))) return false;
  }
  return at > 0 && (at === text.length || isPort(text, at + 1));
}

/** Whether bytes are sure to be one: a name or an IPv4 address, and a port at most. false: `isAuthority` tells. */
export function isPlainAuthority(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && (BYTE_CLASS[bytes[at]!]! & REG_NAME) !== 0 && bytes[at] !== PERCENT) at++;
  if (at === from || at === to) return at > from;
  if (bytes[at++] !== COLON) return false;
  let port = 0;
  for (; at < to && port <= 65535; at++) {
    const digit = bytes[at]! - 0x30;
    if (!(digit >= 0 && digit <= 9)) return false;
    port = port * 10 + digit;
  }
  return port <= 65535;
}

function isBracketed(text: string): boolean {
  const close = text.indexOf("]");
  const literal = text.slice(1, close);
  const known = IPV6.test(literal) ? isIPv6(literal) : IP_FUTURE.test(literal);
  if (close < 0 || !known) return false;
  if (close === text.length - 1) return true;
  return text.charCodeAt(close + 1) === COLON && isPort(text, close + 2);
}

function isPort(text: string, from: number): boolean {
  let port = 0;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return false;
    port = port * 10 + digit;
    if (port > 65535) return false;
  }
  return true;
}
