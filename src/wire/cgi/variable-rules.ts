import { knownName } from "./known-names.ts";

/**
 * What uwsgi and FastCGI both ask of the variables that arrive (CGI/1.1, RFC 3875, section 4.1). Each
 * codec refuses in its own way, so the rules are handed a `Refuse`. Variables are names and values in
 * turn, one latin1 character a byte, in the order in which they arrived.
 */
export type Refuse = (status: 400 | 413, problem: string) => never;

/** A name needs a character, and none that could break the line or the C string it is put into later. */
export function checkName(name: string, refuse: Refuse): void {
  if (name === "") refuse(400, "a variable has an empty name");
  if (/[\0\r\n]/.test(name)) {
    refuse(400, `the name of a variable holds NUL, CR or LF: got ${JSON.stringify(name)}`);
  }
}

/** The name that stands in `bytes` from `start` to `end`, and in `text`, checked. */
export function nameAt(bytes: Buffer, text: string, start: number, end: number, refuse: Refuse): string {
  const known = knownName(bytes, start, end);
  if (known !== undefined) return known;
  const name = text.slice(start, end);
  checkName(name, refuse);
  return name;
}

/**
 * CONTENT_LENGTH in bytes; undefined where it is absent or empty (RFC 3875, section 4.1.2). Web servers
 * let a site set a variable twice, and the later one counts, but two lengths that differ are refused.
 */
export function contentLength(variables: readonly string[], refuse: Refuse): number | undefined {
  let length: number | undefined;
  let said: number | undefined;
  for (let i = 0; i < variables.length; i += 2) {
    if (variables[i] !== "CONTENT_LENGTH") continue;
    length = parseLength(variables[i + 1] ?? "", refuse);
    if (length === undefined) continue;
    if (said !== undefined && said !== length) {
      refuse(400, `CONTENT_LENGTH is given twice and differs: got ${said} and ${length}`);
    }
    said = length;
  }
  return length;
}

function parseLength(text: string, refuse: Refuse): number | undefined {
  if (text === "") return undefined;
  if (!/^[0-9]+$/.test(text)) {
    refuse(400, `CONTENT_LENGTH: expected digits: got ${JSON.stringify(text.slice(0, 40))}`);
  }
  const length = Number(text);
  if (!Number.isSafeInteger(length)) refuse(413, `CONTENT_LENGTH: got ${text.slice(0, 40)} bytes`);
  return length;
}
