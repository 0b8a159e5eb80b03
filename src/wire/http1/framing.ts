import { listMembers } from "./list-members.ts";
import { ProtocolError } from "./protocol-error.ts";

/** How the end of a request body is found (RFC 9112, section 6.3). `length` in bytes. */
export type Framing = { kind: "none" } | { kind: "length"; length: number } | { kind: "chunked" };

const NONE: Framing = { kind: "none" };
const CHUNKED: Framing = { kind: "chunked" };
const TOKEN_WITH_PARAMETERS = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+[ \t]*(;|$)/;

/**
 * Decides the framing by Content-Length and Transfer-Encoding, the values of repeated fields joined
 * by ", ". Where two recipients could read two lengths the request is refused, also
 * where RFC 9112 lets a server repair it: repeated equal lengths, and a Transfer-Encoding that
 * overrides a Content-Length. @throws ProtocolError
 */
export function decideFraming(
  version: "1.0" | "1.1",
  length: string | undefined,
  codings: string | undefined,
): Framing {
  if (codings !== undefined) {
    if (length !== undefined)
      throw refuse(400, "6.3", "Content-Length or Transfer-Encoding, not both", codings);
    if (version === "1.0") throw refuse(400, "6.1", "no Transfer-Encoding in HTTP/1.0", codings);
    checkCodings(codings);
    return CHUNKED;
  }
  return length === undefined ? NONE : { kind: "length", length: readLength(length) };
}

function checkCodings(codings: string): void {
  if (codings.toLowerCase() === "chunked") return;
  const list = listMembers(codings);
  const last = list.pop();
  if (last !== "chunked") throw refuse(400, "6.3", "chunked as the last transfer coding", codings);
  if (list.includes("chunked")) throw refuse(400, "6.1", "chunked once", codings);
  // An empty or malformed member is read differently by different recipients: a fault, not an unknown coding.
  const malformed = list.some((coding) => !TOKEN_WITH_PARAMETERS.test(coding));
  if (malformed) throw refuse(400, "6.1", "a list of transfer codings", codings);
  throw refuse(501, "6.1", "no transfer coding but chunked", codings);
}

function readLength(text: string): number {
  if (text === "") throw refuse(400, "6.3", "one Content-Length, of digits", text);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) throw refuse(400, "6.3", "one Content-Length, of digits", text);
    length = length * 10 + digit;
  }
  // Past that the sum was rounded, but it only grows, to Infinity if need be.
  if (length > Number.MAX_SAFE_INTEGER) throw tooLarge(text);
  return length;
}

function tooLarge(text: string): ProtocolError {
  return new ProtocolError(
    413,
    "RFC 9110, section 8.6",
    `Cannot read the body: expected a Content-Length of at most ${Number.MAX_SAFE_INTEGER}: got ${shown(text)}`,
  );
}

function refuse(status: 400 | 501, section: string, wanted: string, got: string): ProtocolError {
  return new ProtocolError(
    status,
    `RFC 9112, section ${section}`,
    `Cannot find the end of the body: expected ${wanted}: got ${shown(got)}`,
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
