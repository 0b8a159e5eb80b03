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
 * `encoding` is what `text` was to be written in: node writes a head together with a text body, in the
 * body's encoding, so that what is not ASCII in it would leave as UTF-8. The same bytes are to leave
 * here, where fields are latin1.
 * @returns undefined when `text` does not start with a whole head.
 */
export function parseResponseHead(
  text: string,
  encoding: BufferEncoding = "latin1",
): ResponseHead | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0 || !text.startsWith("HTTP/1.1 ")) return undefined;
  const head = encoded(text.slice(0, end), encoding);
  const status = Number(head.slice(9, 12));
  let from = head.indexOf("\r\n");
  if (from < 0) from = head.length;
  const reason = head.slice(13, from);
  const headers: string[] = [];
  while (from < head.length) {
    const colon = head.indexOf(": ", from);
    let next = head.indexOf("\r\n", colon);
    if (next < 0) next = head.length;
    const name = head.slice(from + 2, colon);
    if (name.length !== 17 || name.toLowerCase() !== "transfer-encoding") {
      headers.push(name, head.slice(colon + 2, next));
    }
    from = next;
  }
  return { status, reason, headers, end: end + 4 };
}

function encoded(head: string, encoding: BufferEncoding): string {
  if (encoding === "latin1" || encoding === "binary" || !/[^\x00-\x7f]/.test(head)) return head;
  return Buffer.from(head, encoding).toString("latin1");
}
