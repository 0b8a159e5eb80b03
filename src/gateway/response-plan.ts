import { isLasting } from "../app/lasting-headers.ts";
import { assertSendableField, assertSendableReason } from "../wire/http1/header-safety.ts";

/** A response head as the wires need it: checked, without hop-by-hop fields, its length known or not. */
export interface ResponsePlan {
  readonly status: number;
  readonly reason: string | undefined;
  /** Field lines, each with its CRLF (RFC 9112, section 5); latin1. */
  readonly fields: string;
  /** Whether body bytes may follow: not for HEAD, 204, 304 (RFC 9110, section 6.4.1). */
  readonly hasBody: boolean;
  /** From Content-Length, bytes. */
  readonly length: number | undefined;
  readonly hasDate: boolean;
  /** The app asked for the connection to be closed. */
  readonly close: boolean;
  /** X-Accel-Redirect is among the fields: what it says is for a web server alone. */
  readonly isRedirect: boolean;
}

/**
 * Fields that belong to one connection, which the gateway and not the app has to say
 * (RFC 9110, section 7.6.1). Connection itself is read for "close".
 */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Lengths of the names that mean something here: of all others the small letters are not needed. */
const TOLD_BY_LENGTH: boolean[] = [];
for (const name of [...HOP_BY_HOP, "content-length", "date", "x-accel-redirect"])
  TOLD_BY_LENGTH[name.length] = true;

/**
 * @param whole bytes of the body, where all of it is there: Content-Length is added where the app gave none.
 * @throws TypeError for a status outside 200–999, a reason or a header that cannot be sent safely, or a
 * Content-Length that is not one whole number (RFC 9110, section 8.6).
 */
export function planResponse(
  method: string,
  status: number,
  reason: string | undefined,
  headers: readonly string[],
  whole?: number,
): ResponsePlan {
  if (method === "HEAD" || !isLasting(headers)) return makePlan(method, status, reason, headers, whole);
  const known = plans.get(headers);
  if (known !== undefined && known.status === status && known.reason === reason) return known;
  const plan = makePlan(method, status, reason, headers);
  // Without a Content-Length of its own it is one body's alone.
  if (plan.length === undefined) return makePlan(method, status, reason, headers, whole);
  plans.set(headers, plan);
  return plan;
}

/** By lists of headers that never change. */
const plans = new WeakMap<readonly string[], ResponsePlan>();

function makePlan(
  method: string,
  status: number,
  reason: string | undefined,
  headers: readonly string[],
  whole?: number,
): ResponsePlan {
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw new TypeError(`Cannot respond with status ${status}: expected a whole number from 200 to 999`);
  if (reason !== undefined) assertSendableReason(reason);
  if (headers.length % 2 !== 0)
    throw new TypeError(
      `Cannot send headers: expected names and values in turn: got ${headers.length} strings`,
    );
  let fields = "";
  let length: number | undefined;
  let hasDate = false;
  let close = false;
  let isRedirect = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    const value = headers[i + 1]!;
    assertSendableField(name, value);
    if (TOLD_BY_LENGTH[name.length] === true) {
      const lower = name.toLowerCase();
      if (lower === "content-length") {
        const declared = parseLength(value);
        if (length !== undefined && length !== declared)
          throw new TypeError(`Cannot send two Content-Length headers: ${length} and ${declared}`);
        const isRepeated = length !== undefined;
        length = declared;
        // A 204 has no Content-Length at all (RFC 9110, section 8.6).
        if (isRepeated || status === 204) continue;
      } else if (lower === "date") {
        hasDate = true;
      } else if (lower === "x-accel-redirect") {
        isRedirect = true;
      } else if (HOP_BY_HOP.includes(lower)) {
        if (lower === "connection" && /(?:^|,)\s*close\s*(?:,|$)/i.test(value)) close = true;
        continue;
      }
    }
    fields += `${name}: ${value}\r\n`;
  }
  const isBodiless = status === 204 || status === 304;
  const hasBody = !isBodiless && method !== "HEAD";
  if (whole !== undefined && hasBody && length === undefined) {
    length = whole;
    fields += `Content-Length: ${whole}\r\n`;
  }
  return { status, reason, fields, hasBody, length, hasDate, close, isRedirect };
}

function parseLength(value: string): number {
  const length = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(length))
    throw new TypeError(`Cannot send Content-Length: expected a whole number of bytes: got "${value}"`);
  return length;
}
