let second = -1;
let line = "";

/** The Date header line, made once a second (RFC 9110, section 6.6.1). */
export function httpDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    line = `Date: ${new Date(now * 1000).toUTCString()}\r\n`;
  }
  return line;
}
