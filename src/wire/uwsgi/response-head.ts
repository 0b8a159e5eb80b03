import { endWithoutWhitespace } from "../http1/list-members.ts";

/** The head of a response, checked. */
export interface UwsgiResponseHead {
  readonly status: number;
  /** "" where there is none. */
  readonly reason: string;
  /** Names as sent and values without the whitespace around them, in turn, in order; latin1. */
  readonly headers: readonly string[];
  /** Content-Length in bytes; undefined where there is none. */
  readonly length: number | undefined;
}

/** What a uwsgi server sent is no response, or not a whole one. The text is for the log. */
export class UwsgiResponseError extends Error {
  override readonly name = "UwsgiResponseError";

  constructor(problem: string) {
    super(`Cannot read the uwsgi response: ${problem}`);
  }
}

/** status-line (RFC 9112, section 4) of a final response. */
const STATUS_LINE = /^HTTP\/1\.[01] ([2-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;
/** field-line (RFC 9112, section 5): no folding, no whitespace before the colon, no controls. */
const FIELD_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/**
 * @param text the head with the empty line that ends it, one latin1 character a byte.
 * @throws UwsgiResponseError
 */
export function readResponseHead(text: string): UwsgiResponseHead {
  const line = STATUS_LINE.exec(text);
  if (line === null) {
    throw new UwsgiResponseError(
      `expected a status line, HTTP/1.x with a status from 200 to 999: got ${quoted(text)}`,
    );
  }
  const headers: string[] = [];
  let length: number | undefined;
  let at = line[0].length;
  while (at < text.length - "\r\n".length) {
    FIELD_LINE.lastIndex = at;
    const field = FIELD_LINE.exec(text);
    if (field === null) throw new UwsgiResponseError(`expected a field line: got ${quoted(text.slice(at))}`);
    at = FIELD_LINE.lastIndex;
    const name = field[1]!;
    const value = withoutWhitespace(field[2]!);
    headers.push(name, value);
    if (name.length === 14 && name.toLowerCase() === "content-length") {
      const said = readLength(value);
      if (length !== undefined && length !== said)
        throw new UwsgiResponseError(`Content-Length is given twice and differs: got ${length} and ${said}`);
      length = said;
    }
  }
  return { status: Number(line[1]), reason: line[2] ?? "", headers, length };
}

/** RFC 9110, section 8.6. */
function readLength(value: string): number {
  const length = Number(value);
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(length))
    throw new UwsgiResponseError(`Content-Length: expected a whole number of bytes: got ${quoted(value)}`);
  return length;
}

/** Not by `trim`, which takes 0xA0 for whitespace. */
function withoutWhitespace(value: string): string {
  let start = 0;
  while (value[start] === " " || value[start] === "\t") start++;
  return value.slice(start, endWithoutWhitespace(value, start, value.length));
}

/** The first line of it and no more: what follows may be a secret. */
function quoted(text: string): string {
  const line = text.slice(0, 80).split(/[\r\n]/, 1)[0]!;
  return JSON.stringify(line.length < text.length && line.length === 80 ? `${line}…` : line);
}
