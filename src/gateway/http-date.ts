let line: string | undefined;

/** The Date header line (RFC 9110, section 6.6.1), made once a second: asking for the time takes longer than this. */
export function httpDate(): string {
  line ??= lineOf(Date.now());
  return line;
}

function lineOf(now: number): string {
  setTimeout(forget, 1000 - (now % 1000)).unref();
  return `Date: ${new Date(now).toUTCString()}\r\n`;
}

function forget(): void {
  line = undefined;
}
