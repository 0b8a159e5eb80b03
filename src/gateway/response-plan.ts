import { assertSendable } from "../wire/http1/header-safety.ts";

/** A response head as the wires need it: checked, without hop-by-hop fields, its length known or not. */
export interface ResponsePlan {
  readonly status: number;
  readonly reason: string | undefined;
  /** name, value, name, value, … */
  readonly headers: readonly string[];
  /** Whether body bytes may follow: not for HEAD, 204, 304 (RFC 9110, section 6.4.1). */
  readonly hasBody: boolean;
  /** From Content-Length, bytes. */
  readonly length: number | undefined;
  readonly hasDate: boolean;
  /** The app asked for the connection to be closed. */
  readonly close: boolean;
}

/**
 * Fields that belong to one connection, which the gateway and not the app has to say
 * (RFC 9110, section 7.6.1). Connection itself is read for "close".
 */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * @throws TypeError for a status outside 200–999, a header that cannot be sent safely, or a
 * Content-Length that is not one whole number (RFC 9110, section 8.6).
 */
export function planResponse(
  method: string,
  status: number,
  reason: string | undefined,
  headers: readonly string[],
): ResponsePlan {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new TypeError(`Cannot respond with status ${status}: expected a whole number from 200 to 999`);
  assertSendable(headers);
  const kept: string[] = [];
  let length: number | undefined;
  let hasDate = false;
  let close = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    const lower = name.toLowerCase();
    if (lower === "content-length") {
      const declared = parseLength(value);
      if (length !== undefined && length !== declared)
        throw new TypeError(`Cannot send two Content-Length headers: ${length} and ${declared}`);
      if (length === undefined) kept.push(name, value);
      length = declared;
      continue;
    }
    if (HOP_BY_HOP.has(lower)) {
      if (lower === "connection" && /(?:^|,)\s*close\s*(?:,|$)/i.test(value)) close = true;
      continue;
    }
    if (lower === "date") hasDate = true;
    kept.push(name, value);
  }
  const bodiless = status === 204 || status === 304;
  // A 204 has no Content-Length at all (RFC 9110, section 8.6).
  if (status === 204 && length !== undefined) removeField(kept, "content-length");
  return { status, reason, headers: kept, hasBody: !bodiless && method !== "HEAD", length, hasDate, close };
}

function parseLength(value: string): number {
  const length = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(length))
    throw new TypeError(`Cannot send Content-Length: expected a whole number of bytes: got "${value}"`);
  return length;
}

function removeField(headers: string[], lower: string): void {
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === lower);
  if (at >= 0) headers.splice(at, 2);
}
