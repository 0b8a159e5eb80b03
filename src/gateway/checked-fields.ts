import { assertSendableField } from "../wire/http1/header-safety.ts";

/** An app's header fields as they may be sent, and what they say to the gateway. */
export interface CheckedFields {
  /** Field lines, each with its CRLF (RFC 9112, section 5), without hop-by-hop fields; latin1. */
  readonly lines: string;
  /** From Content-Length, bytes. */
  readonly length: number | undefined;
  readonly hasDate: boolean;
  /** The app asked for the connection to be closed. */
  readonly close: boolean;
  /** X-Accel-Redirect is among the fields: what it says is for a web server alone. */
  readonly isRedirect: boolean;
  /** Set-Cookie is: what it says is one client's affair, and comes once. */
  readonly isPersonal: boolean;
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
for (const name of [...HOP_BY_HOP, "content-length", "date", "x-accel-redirect", "set-cookie"])
  TOLD_BY_LENGTH[name.length] = true;

/**
 * @param headers names and values in turn
 * @throws TypeError for a header that cannot be sent safely, or a Content-Length that is not one whole number
 * (RFC 9110, section 8.6).
 */
export function checkFields(status: number, headers: readonly string[]): CheckedFields {
  if (headers.length % 2 !== 0)
    throw new TypeError(
      `Cannot send headers: expected names and values in turn: got ${headers.length} strings`,
    );
  let lines = "";
  let length: number | undefined;
  let hasDate = false;
  let close = false;
  let isRedirect = false;
  let isPersonal = false;
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
      } else if (lower === "set-cookie") {
        isPersonal = true;
      } else if (HOP_BY_HOP.includes(lower)) {
        if (lower === "connection" && /(?:^|,)\s*close\s*(?:,|$)/i.test(value)) close = true;
        continue;
      }
    }
    lines += `${name}: ${value}\r\n`;
  }
  return { lines, length, hasDate, close, isRedirect, isPersonal };
}

function parseLength(value: string): number {
  const length = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(length))
    throw new TypeError(`Cannot send Content-Length: expected a whole number of bytes: got "${value}"`);
  return length;
}
