import { types } from "node:util";

/**
 * A header list (Fetch, section 2.2.2) as a flat array `[name, value, …]`: names in lower case, values
 * trimmed, every name once, its values joined; only Set-Cookie may come several times.
 */
export type HeaderList = string[];

/** A field name (RFC 9110, section 5.6.2, "token"). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Names that were checked before, and their lower case. */
const known = new Map<string, string>();
/** An app has so many of its own. Clients make names up: then all are forgotten, and those in use are soon met again. */
const MOST_KNOWN = 256;
/** Characters. */
const LONGEST_KNOWN = 64;

/** Of a name in lower case and a value, both known to be good. */
export function appendKnown(list: HeaderList, lower: string, value: string): void {
  const at = lower === "set-cookie" ? -1 : indexOf(list, lower);
  if (at < 0) list.push(lower, value);
  else list[at + 1] = joined(lower, list[at + 1]!, value);
}

/** As values are joined in requests (RFC 9113, section 8.2.3), and by the native Headers. */
export function joined(lower: string, first: string, second: string): string {
  return `${first}${lower === "cookie" ? "; " : ", "}${second}`;
}

/** In the place of all that it has. */
export function setKnown(list: HeaderList, lower: string, value: string): void {
  const at = indexOf(list, lower);
  if (at < 0) {
    list.push(lower, value);
    return;
  }
  list[at + 1] = value;
  if (lower === "set-cookie") removeField(list, lower, at + 2);
}

/** The value of a field; those of Set-Cookie joined; null: it has none. */
export function fieldOf(list: HeaderList, lower: string): string | null {
  if (lower === "set-cookie") return cookiesOf(list).join(", ") || (indexOf(list, lower) < 0 ? null : "");
  const at = indexOf(list, lower);
  return at < 0 ? null : list[at + 1]!;
}

export function hasField(list: HeaderList, lower: string): boolean {
  return indexOf(list, lower) >= 0;
}

export function cookiesOf(list: HeaderList): string[] {
  return list.filter((_, index) => index % 2 === 1 && list[index - 1] === "set-cookie");
}

export function removeField(list: HeaderList, lower: string, from = 0): void {
  for (let index = list.length - 2; index >= from; index -= 2) {
    if (list[index] === lower) list.splice(index, 2);
  }
}

/** A flat list as pairs. */
export function pairsOf(list: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < list.length; index += 2) pairs.push([list[index]!, list[index + 1]!]);
  return pairs;
}

/** A list as if its fields had been appended one by one: an empty value that was joined leaves a space to trim. */
export function copyOf(list: HeaderList): HeaderList {
  const copy = list.slice();
  for (let index = 1; index < copy.length; index += 2) {
    if (copy[index]!.endsWith(" ")) copy[index] = copy[index]!.replace(/[\t ]+$/, "");
  }
  return copy;
}

/** Each name once, also Set-Cookie, in the order in which they came. */
export function combined(list: HeaderList): [string, string][] {
  const names = new Set(list.filter((_, index) => index % 2 === 0));
  return Array.from(names, (name) => [name, fieldOf(list, name) ?? ""]);
}

/** In the order in which Headers are walked through ("sort and combine"). */
export function sortedPairs(list: HeaderList): [string, string][] {
  return pairsOf(list).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * A header list of what a HeadersInit has in it.
 * @param known the list of one that need not be walked; it is told what was found for its iterator.
 * @throws TypeError for what is none
 */
export function headerListOf(
  init: unknown,
  known: (init: object, iterator: unknown) => HeaderList | undefined,
): HeaderList {
  if ((typeof init !== "object" && typeof init !== "function") || init === null) {
    throw new TypeError(`Headers constructor: ${String(init)} is no sequence of pairs and no record.`);
  }
  const list: HeaderList = [];
  const iterator = (init as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (iterator === undefined || iterator === null) {
    addRecord(list, init as Record<string, unknown>);
    return list;
  }
  const whole = known(init, iterator);
  if (whole !== undefined) return whole;
  for (const pair of { [Symbol.iterator]: () => iterator.call(init) }) addPair(list, pair);
  return list;
}

/** Its own enumerable properties (Web IDL, section 3.2.22); a symbol is no name. */
function addRecord(list: HeaderList, record: Record<string, unknown>): void {
  // Of the usual record its keys tell all.
  const isUsual = !types.isProxy(record) && Object.getOwnPropertySymbols(record).length === 0;
  for (const name of isUsual ? Object.keys(record) : Reflect.ownKeys(record)) {
    if (!isUsual && !Object.prototype.propertyIsEnumerable.call(record, name)) continue;
    const value = record[name as string];
    if (typeof value === "string") appendKnown(list, fieldName(name), fieldValue(value));
    // One of the getters before it may have taken it away.
    else if (value !== undefined || Object.hasOwn(record, name)) {
      appendKnown(list, ...nameAndValue(name, value));
    }
  }
}

function addPair(list: HeaderList, pair: unknown): void {
  if (typeof pair !== "object" || pair === null || !(Symbol.iterator in pair)) {
    throw new TypeError("Headers constructor: a pair is not iterable.");
  }
  const both = Array.isArray(pair) ? pair : [...(pair as Iterable<unknown>)];
  if (both.length !== 2) {
    throw new TypeError(
      `Headers constructor: expected name/value pair to be length 2, found ${both.length}.`,
    );
  }
  appendKnown(list, ...nameAndValue(both[0], both[1]));
}

function indexOf(list: HeaderList, lower: string): number {
  for (let index = 0; index < list.length; index += 2) if (list[index] === lower) return index;
  return -1;
}

/** A name in lower case and a value, of what an app gives for them: both are texts before either is checked. @throws TypeError */
export function nameAndValue(name: unknown, value: unknown): [name: string, value: string] {
  const nameText = typeof name === "string" ? name : byteString(name);
  const valueText = byteString(value);
  return [fieldName(nameText), checkedValue(valueText)];
}

/** A name in lower case. @throws TypeError */
export function fieldName(name: unknown): string {
  return (typeof name === "string" ? known.get(name) : undefined) ?? learn(byteString(name));
}

function learn(name: string): string {
  if (!TOKEN.test(name)) throw new TypeError(`Headers: "${name}" is an invalid header name.`);
  if (name.length > LONGEST_KNOWN) return name.toLowerCase();
  if (known.size === MOST_KNOWN) known.clear();
  // A part of a string keeps the whole of it, which may be a head of many kilobytes.
  const own = Buffer.from(name, "latin1").toString("latin1");
  const lower = own.toLowerCase();
  known.set(own, lower);
  return lower;
}

/** Values that are as they should be: visible ASCII, with spaces and tabs between. */
const PLAIN_VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;

const WHITESPACE = "\t\n\r ";

/** A value without the white space about it. @throws TypeError */
export function fieldValue(value: unknown): string {
  if (typeof value === "string" && PLAIN_VALUE.test(value)) return value;
  return checkedValue(byteString(value));
}

function checkedValue(value: string): string {
  const text = withoutWhitespace(value);
  if (/[\0\r\n]/.test(text)) throw new TypeError(`Headers: "${text}" is an invalid header value.`);
  return text;
}

/** Not by a pattern, which takes quadratic time for a long run of spaces within. */
function withoutWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITESPACE.includes(text[start]!)) start++;
  while (end > start && WHITESPACE.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** As Web IDL converts to ByteString (section 3.2.11). */
function byteString(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a symbol to a ByteString.");
  const text = typeof value === "string" ? value : String(value);
  if (/[^\0-\xff]/.test(text)) {
    throw new TypeError("Cannot convert argument to a ByteString: a character is greater than 255.");
  }
  return text;
}
