import { CR, HTAB, LF, SP } from "./byte-class.ts";
import * as part from "./head-part.ts";
import { ProtocolError } from "./protocol-error.ts";

interface Rule {
  /** The bytes it holds for; undefined: all that no rule before it took. */
  readonly bytes: readonly number[] | undefined;
  readonly section: string;
  readonly wanted: string;
}

const OWS = [SP, HTAB];
const BARE_CR: Rule = { bytes: undefined, section: "RFC 9112, section 2.2", wanted: "LF after CR" };
const FIELD_NAME: Rule = { bytes: undefined, section: "RFC 9110, section 5.1", wanted: "a field name" };
const FIELD_VALUE: Rule = {
  bytes: undefined,
  section: "RFC 9110, section 5.5",
  wanted: "no control characters",
};

/** Which rule of the specification an unexpected byte breaks, by the part in which it came. */
const RULES: Readonly<Record<part.Part, readonly Rule[]>> = {
  [part.METHOD]: [{ bytes: undefined, section: "RFC 9112, section 3", wanted: "a method and one space" }],
  [part.TARGET]: [
    { bytes: [SP, CR], section: "RFC 9112, section 3", wanted: "a target, one space and a version" },
    { bytes: undefined, section: "RFC 9112, section 3.2", wanted: "visible ASCII without a fragment" },
  ],
  [part.VERSION]: [{ bytes: undefined, section: "RFC 9112, section 2.3", wanted: "HTTP/1.1 and CRLF" }],
  [part.REQUEST_LINE_LF]: [BARE_CR],
  [part.FIRST_LINE_START]: [
    { bytes: OWS, section: "RFC 9112, section 2.2", wanted: "no whitespace before the first field line" },
    FIELD_NAME,
  ],
  [part.LINE_START]: [
    { bytes: OWS, section: "RFC 9112, section 5.2", wanted: "no folded field line" },
    FIELD_NAME,
  ],
  [part.NAME]: [
    { bytes: OWS, section: "RFC 9112, section 5.1", wanted: "no whitespace before the colon" },
    { bytes: [CR], section: "RFC 9112, section 5", wanted: "a colon after the field name" },
    FIELD_NAME,
  ],
  [part.BEFORE_VALUE]: [FIELD_VALUE],
  [part.VALUE]: [FIELD_VALUE],
  [part.FIELD_LF]: [BARE_CR],
  [part.LAST_LF]: [BARE_CR],
};

const PLACES: Readonly<Record<part.Part, string>> = {
  [part.METHOD]: "request line",
  [part.TARGET]: "request target",
  [part.VERSION]: "protocol version",
  [part.REQUEST_LINE_LF]: "request line",
  [part.FIRST_LINE_START]: "first field line",
  [part.LINE_START]: "field line",
  [part.NAME]: "field name",
  [part.BEFORE_VALUE]: "field value",
  [part.VALUE]: "field value",
  [part.FIELD_LF]: "field line",
  [part.LAST_LF]: "end of the head",
};

/** The 400 for a byte that cannot come next. */
export function headRefusal(current: part.Part, byte: number): ProtocolError {
  const what = `Cannot read the ${PLACES[current]}`;
  const got = `got byte 0x${byte.toString(16).padStart(2, "0")}`;
  // A lone LF ends a line for some recipients and not for others, which is how requests are smuggled.
  if (byte === LF)
    return new ProtocolError(400, "RFC 9112, section 2.2", `${what}: expected CR before LF: ${got}`);
  const rule = RULES[current].find(({ bytes }) => bytes === undefined || bytes.includes(byte))!;
  return new ProtocolError(400, rule.section, `${what}: expected ${rule.wanted}: ${got}`);
}
