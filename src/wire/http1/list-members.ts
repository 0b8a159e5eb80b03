import { HTAB, SP } from "./byte-class.ts";

/**
 * The members of a list, in small letters, without the whitespace around them; empty ones are kept
 * (RFC 9110, section 5.6.1). Not by `trim`, which takes 0xA0 for whitespace, nor by a pattern that
 * begins with whitespace, which takes quadratic time for a long run of it.
 */
export function listMembers(value: string): string[] {
  return value
    .toLowerCase()
    .split(",")
    .map((member) => {
      let start = 0;
      while (start < member.length && isWhitespace(member.charCodeAt(start))) start++;
      return member.slice(start, endWithoutWhitespace(member, start, member.length));
    });
}

/** Where text[start, end) ends without the spaces and tabs at its end. */
export function endWithoutWhitespace(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && isWhitespace(text.charCodeAt(last - 1))) last--;
  return last;
}

function isWhitespace(code: number): boolean {
  return code === SP || code === HTAB;
}
