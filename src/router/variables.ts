import type { RequestBody, RequestHead } from "../app/exchange.ts";

/**
 * CONTENT_LENGTH of a body without one, which goes on until the router ends its half of the connection
 * (shutdown). No client can say so: a Content-Length that is not digits is refused by every gateway. A body
 * that was cut off ends with the whole connection instead: a worker that reads the end can tell the two
 * apart by POLLHUP.
 */
export const TO_END = "to-end";

/**
 * The meta-variables of a request for a WSGI app (PEP 3333, "environ Variables"): names and values in
 * turn, one latin1 character a byte. Those that the gateway knows, with what the app's view needs: the
 * path's own bytes, the app at the root, the body's length as it was checked. `UWSGI_*`, which
 * commands real uWSGI servers, never comes from outside; nor does HTTP_PROXY, which programs take for
 * a setting (CVE-2016-5385).
 */
export function packetVariables(request: RequestHead, body: RequestBody | null): string[] {
  const others = request.otherVariables?.();
  return others === undefined ? fromRecord(request, body) : fromList(request, body, others);
}

/** What a site's packets have first and in this order is read at once by the worker (python/portico_worker/lead.py). */
function fromList(request: RequestHead, body: RequestBody | null, others: readonly string[]): string[] {
  const { remotePort } = request;
  const list = lineOf(request, "", pathOf(request));
  list.push("REQUEST_SCHEME", request.scheme, "REMOTE_ADDR", request.remoteAddress);
  if (remotePort > 0) list.push("REMOTE_PORT", String(remotePort));
  let length = lengthOf(body);
  for (let i = 0; i < others.length; i += 2) {
    const name = others[i]!;
    const value = others[i + 1]!;
    if (name === "CONTENT_LENGTH") length ??= "0";
    else if (name === "HTTP_HOST") list.push(name, request.host);
    else if (name === "SERVER_NAME") list.push(name, value || "localhost");
    else if (!NOT_FIELDS.has(name)) list.push(name, value);
  }
  if (length !== undefined) list.push("CONTENT_LENGTH", length);
  return list;
}

/** What the request line says. @param mounted where the app is, which `path` comes after */
function lineOf({ method, target, httpVersion }: RequestHead, mounted: string, path: string): string[] {
  const question = target.indexOf("?");
  return [
    "REQUEST_METHOD",
    method,
    "REQUEST_URI",
    target,
    "SCRIPT_NAME",
    mounted,
    "PATH_INFO",
    path,
    "QUERY_STRING",
    question < 0 ? "" : target.slice(question + 1),
    "SERVER_PROTOCOL",
    httpVersion === "1.1" ? "HTTP/1.1" : `HTTP/${httpVersion}`,
  ];
}

function pathOf({ target }: RequestHead): string {
  const question = target.indexOf("?");
  return decodePath(question < 0 ? target : target.slice(0, question));
}

/** As CONTENT_LENGTH has it; undefined: there is no body. */
function lengthOf(body: RequestBody | null): string | undefined {
  if (body === null) return undefined;
  return body.length === undefined ? TO_END : String(body.length);
}

function fromRecord(request: RequestHead, body: RequestBody | null): string[] {
  const told = request.variables();
  const { scheme, remotePort } = request;
  const path = pathOf(request);
  const mounted = isSplit(path, told) ? told["SCRIPT_NAME"]! : "";
  const list = lineOf(request, mounted, path.slice(mounted.length));
  list.push(
    // PEP 3333: these two are never empty.
    "SERVER_NAME",
    told["SERVER_NAME"] || "localhost",
    "SERVER_PORT",
    told["SERVER_PORT"] || (scheme === "https" ? "443" : "80"),
    "REQUEST_SCHEME",
    scheme,
    "REMOTE_ADDR",
    request.remoteAddress,
  );
  if (remotePort > 0) list.push("REMOTE_PORT", String(remotePort));
  if (scheme === "https") list.push("HTTPS", "on");
  // Of a target in absolute form the authority counts, not Host (RFC 9112, section 3.2.2).
  if (told["HTTP_HOST"]) list.push("HTTP_HOST", request.host);
  // That there is a length, of 0, is said where the client said it.
  const length = lengthOf(body) ?? (told["CONTENT_LENGTH"] ? "0" : undefined);
  if (length !== undefined) list.push("CONTENT_LENGTH", length);
  for (const name in told)
    if (!SAID_HERE.has(name) && !name.startsWith("UWSGI_")) list.push(name, told[name]!);
  return list;
}

/** Of fields: what frames the message, and what programs take for a setting. */
const NOT_FIELDS: ReadonlySet<string> = new Set([
  "HTTP_CONTENT_LENGTH",
  "HTTP_TRANSFER_ENCODING",
  "HTTP_PROXY",
]);

const SAID_HERE: ReadonlySet<string> = new Set([
  "REQUEST_METHOD",
  "REQUEST_URI",
  "SCRIPT_NAME",
  "PATH_INFO",
  "QUERY_STRING",
  "SERVER_PROTOCOL",
  "SERVER_NAME",
  "SERVER_PORT",
  "REQUEST_SCHEME",
  "HTTPS",
  "REMOTE_ADDR",
  "REMOTE_PORT",
  "CONTENT_LENGTH",
  "HTTP_HOST",
  "HTTP_CONTENT_LENGTH",
  "HTTP_TRANSFER_ENCODING",
  "HTTP_PROXY",
]);

/** What stands for the path's bytes, undone once (PEP 3333, "Unicode Issues"); a "%" that encodes nothing stays. */
function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  return path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/**
 * Whether a web server has said where the app is mounted (`fastcgi_split_path_info`). One that sends its
 * `fastcgi_params` alone has the whole path in SCRIPT_NAME, which means nothing to a WSGI app.
 */
function isSplit(path: string, told: Readonly<Record<string, string>>): boolean {
  const { SCRIPT_NAME: mounted, PATH_INFO: rest } = told;
  return !!mounted && !!rest && path === mounted + rest;
}
