import type { OutgoingHttpHeaders } from "node:http";
import { type ServerResponse, validateHeaderName, validateHeaderValue } from "./node-http.ts";
import { outHeadersOf, type ServerSideResponse } from "./node-internals.ts";

/** A response's head before it is text. */
export interface StoredHead {
  readonly status: number;
  readonly reason: string;
  /** `[name, value, …]`, as `Exchange.respond` takes them. */
  readonly headers: string[];
  /** The body's length in bytes as Content-Length tells it, -1: it does not, or twice. */
  readonly length: number;
}

/** What a field's name makes special, by the length of the name. */
const SPECIAL: (string | undefined)[] = [];
for (const name of ["expect", "trailer", "content-length", "transfer-encoding"]) SPECIAL[name.length] = name;

const NOT_ASCII = /[^\x00-\x7f]/;

/**
 * The head that a response is about to write, as node's `_storeHeader` makes it of the same `headers`,
 * less what the gateway adds itself.
 * @returns undefined where only node's own text will do: for a 1xx, for fields that change how node
 * goes on (Trailer, Transfer-Encoding, Expect), for lists and values of unusual types, and for what is
 * not ASCII, whose bytes depend on what is written first.
 * @throws what node throws for a field that it would not send
 */
export function storedHead(response: ServerResponse, headers: unknown): StoredHead | undefined {
  const { statusCode: status, statusMessage: reason } = response;
  if (status < 200 || NOT_ASCII.test(reason)) return undefined;
  const fields: Fields = { list: [], length: undefined };
  if (headers !== undefined && headers !== null) {
    if (Array.isArray(headers)) return undefined;
    const table = outHeadersOf(response);
    if (table === undefined) return undefined;
    const isTaken =
      headers === table
        ? takeSet(fields, headers as SetHeaders)
        : takeGiven(fields, headers as OutgoingHttpHeaders);
    if (!isTaken) return undefined;
  }
  const { list } = fields;
  let { length } = fields;
  const inside = response as unknown as ServerSideResponse;
  if (length !== undefined) {
    inside._contentLength = length;
    inside._removedContLen = false;
  } else if (inside._hasBody && inside.useChunkedEncodingByDefault && !inside._removedContLen) {
    if (typeof inside._contentLength === "number") {
      length = inside._contentLength;
      list.push("Content-Length", String(length));
    }
  }
  return { status, reason, headers: list, length: length ?? -1 };
}

/** What `setHeader` keeps: by its small letters each name as it was given, and its value. */
type SetHeaders = Record<string, [name: string, value: unknown]>;

interface Fields {
  readonly list: string[];
  length: number | undefined;
}

/** `setHeader` has checked them. */
function takeSet(fields: Fields, headers: SetHeaders): boolean {
  for (const key in headers) {
    const entry = headers[key]!;
    if (!take(fields, entry[0], entry[1])) return false;
  }
  return true;
}

function takeGiven(fields: Fields, headers: OutgoingHttpHeaders): boolean {
  for (const name in headers) {
    if (!Object.hasOwn(headers, name)) continue;
    const value = headers[name];
    validateHeaderName(name);
    if (!Array.isArray(value)) validateHeaderValue(name, value as string);
    else for (const one of value) validateHeaderValue(name, one);
    if (!take(fields, name, value)) return false;
  }
  return true;
}

function take(fields: Fields, name: string, value: unknown): boolean {
  const special = SPECIAL[name.length];
  if (special !== undefined && name.toLowerCase() === special) {
    if (special !== "content-length" || fields.length !== undefined || Array.isArray(value)) return false;
    fields.length = Number(value);
  }
  if (typeof value === "string" || typeof value === "number") return takeValue(fields, name, value);
  // Node joins several Cookie fields in one.
  if (!Array.isArray(value) || (name.length === 6 && name.toLowerCase() === "cookie")) return false;
  for (const one of value) {
    if ((typeof one !== "string" && typeof one !== "number") || !takeValue(fields, name, one)) return false;
  }
  return true;
}

function takeValue(fields: Fields, name: string, value: string | number): boolean {
  const text = typeof value === "string" ? value : `${value}`;
  if (NOT_ASCII.test(text)) return false;
  fields.list.push(name, text);
  return true;
}
