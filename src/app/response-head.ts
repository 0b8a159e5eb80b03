/** The head of a response as node's ServerResponse writes it, taken apart. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** `[name, value, …]`, in order, as `Exchange.respond` takes them; less Transfer-Encoding: the gateway frames. */
  readonly headers: string[];
  /** The index after the head's empty line: where the next head, or the body, starts. */
  readonly end: number;
}

/**
 * Parses the head at the start of `text`. Its writer is node, which has checked every byte of it, so
 * this parser relies on the form that node gives it: `HTTP/1.1 200 OK`, `name: value`, CRLF.
 * undefined when `text` does not start with a whole head.
 */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0 || !text.startsWith("HTTP/1.1 ")) return undefined;
  const status = Number(text.slice(9, 12));
  let from = text.indexOf("\r\n");
  const reason = text.slice(13, from);
  const headers: string[] = [];
  while (from < end) {
    const colon = text.indexOf(": ", from);
    const next = text.indexOf("\r\n", colon);
    const name = text.slice(from + 2, colon);
    if (name.length !== 17 || name.toLowerCase() !== "transfer-encoding") {
      headers.push(name, text.slice(colon + 2, next));
    }
    from = next;
  }
  return { status, reason, headers, end: end + 4 };
}
