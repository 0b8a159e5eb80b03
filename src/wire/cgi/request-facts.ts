import { authority } from "./authority.ts";
import { CgiError } from "./error.ts";
import { fieldOf, KNOWN_FIELDS } from "./known-names.ts";
import { requestTarget } from "./request-target.ts";

export { CgiError };

/** The request that CGI meta-variables tell of. */
export interface CgiRequest {
  method: string;
  /** Origin form, or `*`. */
  target: string;
  /** "1.1", "2.0"; "1.1" where the web server tells none. */
  httpVersion: string;
  /** Names in lower case and values in turn, duplicates kept. */
  headers: string[];
  host: string;
  scheme: "http" | "https";
  /** "" where it is not known. */
  remoteAddress: string;
  /** 0 where it is not known. */
  remotePort: number;
}

/**
 * Reads the request off the meta-variables (RFC 3875, section 4.1) that NGINX's `uwsgi_params` and
 * `fastcgi_params` send. The web server is believed: of a variable given twice the later one counts, as
 * in uWSGI and PHP, except for `HTTP_*`, which are header fields and are all kept (but for Host).
 * @param variables names and values in turn, one latin1 character a byte.
 * @throws CgiError, 400 where no valid HTTP request comes out, 431 where it has too many fields.
 */
export function cgiRequest(variables: readonly string[]): CgiRequest {
  const headers: string[] = [];
  // One string each, and no map: all of them are looked at.
  let method = "";
  let requestUri = "";
  let scriptName = "";
  let pathInfo = "";
  let queryString = "";
  let protocol = "";
  let host = "";
  let serverName = "";
  let serverPort = "";
  let address = "";
  let port = "";
  let requestScheme = "";
  let https = "";
  let uwsgiScheme = "";
  let contentType = "";
  let contentLength = "";
  let transferEncoding = "";
  for (let i = 0; i + 1 < variables.length; i += 2) {
    const name = variables[i]!;
    const value = variables[i + 1]!;
    switch (name) {
      case "REQUEST_METHOD":
        method = value;
        break;
      case "REQUEST_URI":
        requestUri = value;
        break;
      case "SCRIPT_NAME":
        scriptName = value;
        break;
      case "PATH_INFO":
        pathInfo = value;
        break;
      case "QUERY_STRING":
        queryString = value;
        break;
      case "SERVER_PROTOCOL":
        protocol = value;
        break;
      case "HTTP_HOST":
        host = value;
        break;
      case "SERVER_NAME":
        serverName = value;
        break;
      case "SERVER_PORT":
        serverPort = value;
        break;
      case "REMOTE_ADDR":
        address = value;
        break;
      case "REMOTE_PORT":
        port = value;
        break;
      case "REQUEST_SCHEME":
        requestScheme = value;
        break;
      case "HTTPS":
        https = value;
        break;
      case "UWSGI_SCHEME":
        uwsgiScheme = value;
        break;
      case "CONTENT_TYPE":
        contentType = value;
        break;
      case "CONTENT_LENGTH":
        contentLength = value;
        break;
      // NGINX sends these in both forms; only CONTENT_LENGTH and CONTENT_TYPE are believed.
      case "HTTP_CONTENT_LENGTH":
      case "HTTP_CONTENT_TYPE":
        break;
      case "HTTP_TRANSFER_ENCODING":
        transferEncoding = value;
        break;
      default:
        if (!name.startsWith("HTTP_")) break;
        headers.push(headerName(name), headerValue(name, value));
        if (headers.length > MOST_FIELDS * 2) throw tooManyFields();
    }
  }
  if (host !== "") headers.push("host", headerValue("HTTP_HOST", host));
  if (contentType !== "") headers.push("content-type", headerValue("CONTENT_TYPE", contentType));
  if (contentLength !== "") headers.push("content-length", headerValue("CONTENT_LENGTH", contentLength));
  // The web server has undone the chunks. Only without a length does the field still say that there is a
  // body; beside one it would contradict it (RFC 9112, section 6.3).
  else if (transferEncoding !== "")
    headers.push("transfer-encoding", headerValue("HTTP_TRANSFER_ENCODING", transferEncoding));
  if (method !== "GET" && !TOKEN.test(method)) {
    throw new CgiError(
      `Cannot use REQUEST_METHOD: expected a method: got ${JSON.stringify(method.slice(0, 40))}`,
    );
  }
  // Any of the three says so: sites behind a TLS proxy set HTTPS by hand and keep `REQUEST_SCHEME $scheme`.
  const isHttps = saysHttps(requestScheme) || /^(?:on|1)$/i.test(https) || saysHttps(uwsgiScheme);
  const scheme = isHttps ? "https" : "http";
  return {
    method,
    target: requestTarget(method, { requestUri, scriptName, pathInfo, queryString }),
    httpVersion: httpVersion(protocol),
    headers,
    host: authority(host, serverName, serverPort, scheme),
    scheme,
    // NGINX names a client on a unix socket "unix:".
    remoteAddress: address === "unix:" ? "" : address,
    remotePort: portNumber(port),
  };
}

/**
 * The variables by name, on an object without prototype. A repeated `HTTP_*` is joined as one field
 * (RFC 3875, section 4.1.18; RFC 9110, section 5.3; cookies with ";", RFC 6265, section 5.4); of other
 * repeats the later one counts.
 */
export function cgiVariables(variables: readonly string[]): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < variables.length; i += 2) {
    const name = variables[i]!;
    const value = variables[i + 1]!;
    const before = record[name];
    if (before === undefined || !name.startsWith("HTTP_") || LATER_COUNTS.has(name)) record[name] = value;
    else record[name] = `${before}${name === "HTTP_COOKIE" ? "; " : ", "}${value}`;
  }
  return record;
}

/** `HTTP_*` that are facts rather than fields to be passed on as they come. */
const LATER_COUNTS: ReadonlySet<string> = new Set([
  "HTTP_HOST",
  "HTTP_CONTENT_LENGTH",
  "HTTP_CONTENT_TYPE",
  "HTTP_TRANSFER_ENCODING",
]);

/** As over HTTP; what walks through the fields of a request may do so for each of them. */
const MOST_FIELDS = 128;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function tooManyFields(): CgiError {
  return new CgiError(`Cannot use the header fields: expected at most ${MOST_FIELDS}: got one more`, 431);
}

function headerName(variable: string): string {
  const known = KNOWN_FIELDS.get(variable);
  if (known !== undefined) return known;
  const name = fieldOf(variable);
  if (!TOKEN.test(name))
    throw new CgiError(`Cannot make a header field of ${JSON.stringify(variable.slice(0, 100))}`);
  return name;
}

/** RFC 9110, section 5.5: CR, LF and NUL are the dangerous ones. */
function headerValue(variable: string, value: string): string {
  if (/[\0\r\n]/.test(value)) throw new CgiError(`Cannot use ${variable}: expected no NUL, CR or LF`);
  return value;
}

function httpVersion(protocol: string): string {
  if (protocol === "HTTP/1.1") return "1.1";
  const match = /^HTTP\/([0-9])(?:\.([0-9]))?$/.exec(protocol);
  return match === null ? "1.1" : `${match[1]}.${match[2] ?? "0"}`;
}

function saysHttps(scheme: string): boolean {
  return scheme.length === 5 && scheme.toLowerCase() === "https";
}

function portNumber(text: string): number {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : 0;
}
