/** A site cannot be written from what was set. The message is for people and names file and line. */
export class SiteError extends Error {
  override readonly name = "SiteError";
  readonly code = "ERR_PORTICO_NGINX_SITE";
}

/** `hello.ini:4: `, or nothing where the origin is no file. */
export function originPrefix(origin: unknown): string {
  if (typeof origin !== "object" || origin === null || !("file" in origin)) return "";
  const line = "line" in origin && typeof origin.line === "number" ? `:${origin.line}` : "";
  return `${String(origin.file)}${line}: `;
}
