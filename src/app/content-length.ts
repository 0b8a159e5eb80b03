/** Whether a list of names and values in turn has a Content-Length. */
export function hasLength(headers: readonly string[]): boolean {
  return headers.some((name, at) => at % 2 === 0 && isLength(name));
}

/** What Content-Length says; -1: there is none, or more than one. */
export function declaredLength(headers: readonly string[]): number {
  let length = -1;
  for (let at = 0; at < headers.length; at += 2) {
    if (!isLength(headers[at]!)) continue;
    if (length >= 0) return -1;
    length = Number(headers[at + 1]);
  }
  return length;
}

function isLength(name: string): boolean {
  return name.length === 14 && name.toLowerCase() === "content-length";
}
