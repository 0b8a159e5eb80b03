import { acceptedEncodings } from "./accept-encoding.ts";

/** In the order of what they save for their time, as measured (docs/adr/0012-response-compression.md). */
const CODINGS = ["zstd", "br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

/** What becomes of a response's head. */
export interface CompressionPlan {
  /** name, value, name, value, … */
  readonly headers: readonly string[];
  /** What the body is to be encoded in; undefined: it stays as it is. */
  readonly coding: Coding | undefined;
  /** What Content-Length said of the body as the app sends it, bytes. */
  readonly length: number | undefined;
}

/** Bytes: what is shorter fits into the same packet anyway, and an encoder costs more than it saves. */
const WORTHWHILE = 1_024;

const TYPES =
  /^(?:text\/.+|application\/(?:json|javascript|x-javascript|ecmascript|xml|wasm|rtf|graphql|x-ndjson|x-www-form-urlencoded|manifest\+json|vnd\.ms-fontobject)|font\/(?:ttf|otf|collection)|image\/(?:bmp|x-icon|vnd\.microsoft\.icon|svg\+xml)|[\w.-]+\/[\w.+-]+\+(?:json|xml|text|yaml))$/;

/** Fields whose presence says that the bytes are to stay what they are, or that are of the bytes as they are. */
const KEPT = new Set([
  "content-encoding",
  "content-range",
  // The body is a file's.
  "x-accel-redirect",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
]);

/**
 * Decides on compressing a response (RFC 9110, sections 8.4 and 12.5.3). Left as they are: what is encoded
 * already, a part (206), what may not be transformed (`Cache-Control: no-transform`), other types than text
 * and its kin, little bodies, and those without a type. `uWSGI-Encoding: gzip`, with which an app asks
 * uWSGI for compression, asks for it here too, whatever the type; it does not go out.
 * @param accepted Accept-Encoding of the request
 * @param isFull no more encoders can be had
 */
export function compressionPlan(
  method: string,
  status: number,
  headers: readonly string[],
  accepted: string | undefined,
  isFull: boolean,
): CompressionPlan {
  const found = facts(headers);
  const { length } = found;
  const asked = found.asks ? withoutFields(headers, ["uwsgi-encoding"]) : headers;
  const isCompressible = found.asks || (found.isCompressible ?? status === 304);
  if (found.isKept || status === 206 || !isCompressible) return { headers: asked, coding: undefined, length };
  const varied = withVary(asked);
  // HEAD, where the length is not known, cannot tell what GET would do.
  const isLittle = length === undefined ? method === "HEAD" : length < WORTHWHILE;
  const [coding] = isFull ? [] : acceptedEncodings(accepted, CODINGS);
  if (isLittle || coding === undefined || status === 204 || status === 205)
    return { headers: varied, coding: undefined, length };
  // What a 304 confirms has been given a weak tag before (section 15.4.5).
  if (status === 304) return { headers: withWeakTag(varied), coding: undefined, length };
  const encoded = withoutFields(withWeakTag(varied), ["content-length", "accept-ranges"]);
  return { headers: [...encoded, "Content-Encoding", coding], coding, length };
}

interface Facts {
  length: number | undefined;
  isKept: boolean;
  /** undefined: it has no type. */
  isCompressible: boolean | undefined;
  asks: boolean;
}

function facts(headers: readonly string[]): Facts {
  const found: Facts = { length: undefined, isKept: false, isCompressible: undefined, asks: false };
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase();
    const value = headers[at + 1]!;
    if (KEPT.has(name)) found.isKept = true;
    else if (name === "cache-control") found.isKept ||= /\bno-transform\b/i.test(value);
    else if (name === "content-length") found.length = /^\d+$/.test(value) ? Number(value) : undefined;
    else if (name === "content-type") found.isCompressible = TYPES.test(mediaType(value));
    else if (name === "uwsgi-encoding") found.asks = value.trim().toLowerCase() === "gzip";
  }
  return found;
}

/** "text/html; charset=utf-8" → "text/html" */
function mediaType(value: string): string {
  const end = value.indexOf(";");
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
}

function withoutFields(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, at) => !names.includes(headers[at - (at % 2)]!.toLowerCase()));
}

/** A cache is not to give one client what was encoded for another. */
function withVary(headers: readonly string[]): string[] {
  const varied = [...headers];
  let last = -1;
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at]!.toLowerCase() !== "vary") continue;
    last = at + 1;
    if (/(?:^|,)\s*(?:\*|accept-encoding)\s*(?:,|$)/i.test(headers[last]!)) return varied;
  }
  if (last < 0) varied.push("Vary", "Accept-Encoding");
  else varied[last] = `${headers[last]}, Accept-Encoding`;
  return varied;
}

/** The same content, not the same bytes (section 8.8.1). */
function withWeakTag(headers: readonly string[]): string[] {
  return headers.map((text, at) =>
    at % 2 === 1 && headers[at - 1]!.toLowerCase() === "etag" && text.startsWith('"') ? `W/${text}` : text,
  );
}
