/** The fields of a request that say on which condition, which part and in which coding it wants a file. */
export interface ConditionFields {
  ifMatch?: string;
  ifNoneMatch?: string;
  ifModifiedSince?: string;
  ifUnmodifiedSince?: string;
  ifRange?: string;
  range?: string;
  acceptEncoding?: string;
}

const NAMES: Readonly<Record<string, keyof ConditionFields>> = {
  "if-match": "ifMatch",
  "if-none-match": "ifNoneMatch",
  "if-modified-since": "ifModifiedSince",
  "if-unmodified-since": "ifUnmodifiedSince",
  "if-range": "ifRange",
  range: "range",
  "accept-encoding": "acceptEncoding",
};
const LENGTHS = new Set(Object.keys(NAMES).map((name) => name.length));

/** Takes them out of a header list, in one pass; repeated ones joined, so that a second date or range makes neither. */
export function conditionFields(headers: readonly string[]): ConditionFields {
  const fields: ConditionFields = {};
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!;
    if (!LENGTHS.has(name.length)) continue;
    const lower = name.toLowerCase();
    if (!Object.hasOwn(NAMES, lower)) continue;
    const key = NAMES[lower]!;
    const before = fields[key];
    fields[key] = before === undefined ? headers[at + 1]! : `${before}, ${headers[at + 1]}`;
  }
  return fields;
}

/** What conditions are held against. */
export interface Validators {
  /** The entity tag, as ETag has it: `"a"`, `W/"a"`. */
  readonly tag: string;
  /** Of the last change, milliseconds since 1970. */
  readonly modified: number;
}

/**
 * The status that a GET or HEAD request's conditions lead to, in the order of RFC 9110, section 13.2.2:
 * 412, 304, or 200 where there is nothing to keep it from being answered.
 */
export function preconditionStatus(fields: ConditionFields, { tag, modified }: Validators): 200 | 304 | 412 {
  const { ifMatch, ifUnmodifiedSince, ifNoneMatch, ifModifiedSince } = fields;
  if (ifMatch !== undefined) {
    if (!names(ifMatch, tag, "strong")) return 412;
  } else if (ifUnmodifiedSince !== undefined && seconds(modified) > httpDate(ifUnmodifiedSince)) {
    return 412;
  }
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, tag, "weak") ? 304 : 200;
  return ifModifiedSince !== undefined && seconds(modified) <= httpDate(ifModifiedSince) ? 304 : 200;
}

/**
 * Whether a Range field counts (section 13.1.5): the client's part is of this file. A date must be the very
 * one that was sent, and a weak tag is never enough.
 */
export function isRangeOfThis(ifRange: string | undefined, { tag, modified }: Validators): boolean {
  if (ifRange === undefined) return true;
  if (/^(W\/)?"/.test(ifRange)) return ifRange === tag && !tag.startsWith("W/");
  return !tag.startsWith("W/") && httpDate(ifRange) === seconds(modified);
}

/** Whether a list of entity tags, or `*`, has this one (section 8.8.3.2). */
function names(list: string, tag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  if (comparison === "strong" && tag.startsWith("W/")) return false;
  const opaque = tag.replace(/^W\//, "");
  for (const [, weak, candidate] of list.matchAll(/(W\/)?("[^"]*")/g))
    if (candidate === opaque && (comparison === "weak" || weak === undefined)) return true;
  return false;
}

/** Fields count whole seconds. */
function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

const FIXED = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC850 = /^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const ASCTIME = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * A date in one of the three forms of section 5.6.7, milliseconds since 1970; NaN for what is none, which
 * no comparison holds for.
 */
function httpDate(text: string): number {
  if (FIXED.test(text) || RFC850.test(text)) return Date.parse(text);
  return ASCTIME.test(text) ? Date.parse(`${text} GMT`) : Number.NaN;
}
