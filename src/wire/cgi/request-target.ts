import { CgiError } from "./error.ts";

/** The variables that a request target is made of, "" where absent. */
export interface TargetVariables {
  readonly requestUri: string;
  readonly scriptName: string;
  readonly pathInfo: string;
  readonly queryString: string;
}

/**
 * The request target in origin form, or `*` (RFC 9112, section 3.2). REQUEST_URI is what the client
 * sent, and its percent-encoding is kept; an absolute form loses scheme and authority, because the web
 * server has already told the host. Without it the target is put together again from the decoded path
 * (RFC 3875, section 4.1.5 and 4.1.13) and the query. Bytes above 0x7F are percent-encoded, since no
 * URI has them (RFC 3986, section 2).
 * @throws CgiError where it holds controls, spaces or a fragment, or is of neither form.
 */
export function requestTarget(method: string, from: TargetVariables): string {
  const target = from.requestUri === "" ? rebuilt(from) : originForm(from.requestUri);
  // A fragment stays with the client (RFC 3986, section 3.5), so no target has "#".
  if (/[\0- #\x7f]/.test(target)) refuse(target, `no spaces, control characters or "#"`);
  if (!target.startsWith("/") && !(target === "*" && method === "OPTIONS")) {
    refuse(target, `a path that begins with "/"`);
  }
  return /[\x80-\xff]/.test(target) ? target.replace(/[\x80-\xff]/g, percent) : target;
}

function originForm(uri: string): string {
  if (uri.startsWith("/")) return uri;
  const front = /^https?:\/\/[^/?#]+/i.exec(uri);
  if (front === null) return uri;
  const rest = uri.slice(front[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function rebuilt({ scriptName, pathInfo, queryString }: TargetVariables): string {
  // What may stand in a path unencoded: pchar and "/" (RFC 3986, section 3.3).
  const path = (scriptName + pathInfo).replace(/[^A-Za-z0-9._~!$&'()*+,;=:@/-]/g, percent);
  return (path === "" ? "/" : path) + (queryString === "" ? "" : `?${queryString}`);
}

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function refuse(target: string, wanted: string): never {
  throw new CgiError(
    `Cannot use the request target: expected ${wanted}: got ${JSON.stringify(target.slice(0, 100))}`,
  );
}
