import { BYTE_CLASS, TOKEN, VALUE } from "./byte-class.ts";

/**
 * Checks that names and values, in turn, can be sent without being read as something else: names
 * are tokens, values have no control characters but HTAB and nothing above U+00FF (RFC 9110,
 * sections 5.1 and 5.5).
 * @throws TypeError naming the header; its value is not told, it may be a secret
 */
export function assertSendable(headers: readonly string[]): void {
  if (headers.length % 2 !== 0) {
    throw new TypeError(
      `Cannot send headers: expected names and values in turn: got ${headers.length} strings`,
    );
  }
  for (let at = 0; at < headers.length; at += 2) assertSendableField(headers[at]!, headers[at + 1]!);
}

/** One name and its value, as `assertSendable` checks them. @throws TypeError */
export function assertSendableField(name: string, value: string): void {
  assertName(name);
  const bad = firstUnsendable(value);
  if (bad >= 0) throw unsendable(`header ${JSON.stringify(name)}`, value, bad);
}

/** Checks a reason phrase, which is bound by the same rule as a value (RFC 9112, section 4). @throws TypeError */
export function assertSendableReason(reason: string): void {
  const bad = firstUnsendable(reason);
  if (bad >= 0) throw unsendable("reason phrase", reason, bad);
}

function assertName(name: string): void {
  if (typeof name === "string" && name !== "" && firstOutside(name, TOKEN) < 0) return;
  throw new TypeError(`Cannot send header ${JSON.stringify(name)}: expected a token as its name`);
}

function firstUnsendable(value: string): number {
  // An object may say something else each time it is made a string.
  return typeof value === "string" ? firstOutside(value, VALUE) : 0;
}

function firstOutside(text: string, bit: number): number {
  for (let at = 0; at < text.length; at++) {
    // Above U+00FF there is no entry, and undefined & bit is 0.
    if ((BYTE_CLASS[text.charCodeAt(at)]! & bit) === 0) return at;
  }
  return -1;
}

function unsendable(what: string, value: unknown, at: number): TypeError {
  const got =
    typeof value === "string"
      ? `U+${value.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")} at ${at}`
      : typeof value;
  return new TypeError(
    `Cannot send ${what}: expected a string without control characters or characters above U+00FF: got ${got}`,
  );
}
