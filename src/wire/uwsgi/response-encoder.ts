/**
 * The head of a response as a uwsgi server sends it: a status line and header fields as in HTTP/1.1
 * (RFC 9112, section 4), after which the body runs to the end of the connection. One latin1 character
 * a byte.
 * @param fields field lines, each with its CRLF.
 */
export function encodeHead(status: number, reason: string, fields: string): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${fields}\r\n`;
}
