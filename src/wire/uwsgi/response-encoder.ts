/**
 * The head of a response as a uwsgi server sends it: a status line and header fields as in HTTP/1.1
 * (RFC 9112, section 4), after which the body runs to the end of the connection. One latin1 character
 * a byte.
 * @param headers names and values in turn; the caller has seen to it that none breaks the line.
 */
export function encodeHead(status: number, reason: string, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}
