/**
 * Names of variables that web servers send with nearly every request. Found by their bytes, they cost
 * no new string, need no check, and what they are compared with is the same string.
 */
const NAMES = [
  "AUTH_TYPE CONTENT_LENGTH CONTENT_TYPE DOCUMENT_ROOT DOCUMENT_URI GATEWAY_INTERFACE HTTPS PATH_INFO",
  "PATH_TRANSLATED QUERY_STRING REDIRECT_STATUS REMOTE_ADDR REMOTE_PORT REMOTE_USER REQUEST_METHOD",
  "REQUEST_SCHEME REQUEST_URI SCRIPT_FILENAME SCRIPT_NAME SERVER_ADDR SERVER_NAME SERVER_PORT",
  "SERVER_PROTOCOL SERVER_SOFTWARE UWSGI_SCHEME",
  "HTTP_ACCEPT HTTP_ACCEPT_ENCODING HTTP_ACCEPT_LANGUAGE HTTP_AUTHORIZATION HTTP_CACHE_CONTROL",
  "HTTP_CONNECTION HTTP_CONTENT_LENGTH HTTP_CONTENT_TYPE HTTP_COOKIE HTTP_DNT HTTP_FORWARDED HTTP_HOST",
  "HTTP_IF_MODIFIED_SINCE HTTP_IF_NONE_MATCH HTTP_ORIGIN HTTP_PRAGMA HTTP_PRIORITY HTTP_RANGE",
  "HTTP_REFERER HTTP_SEC_CH_UA HTTP_SEC_CH_UA_MOBILE HTTP_SEC_CH_UA_PLATFORM HTTP_SEC_FETCH_DEST",
  "HTTP_SEC_FETCH_MODE HTTP_SEC_FETCH_SITE HTTP_SEC_FETCH_USER HTTP_SEC_GPC HTTP_TE",
  "HTTP_TRANSFER_ENCODING HTTP_UPGRADE_INSECURE_REQUESTS HTTP_USER_AGENT HTTP_VIA HTTP_X_FORWARDED_FOR",
  "HTTP_X_FORWARDED_HOST HTTP_X_FORWARDED_PORT HTTP_X_FORWARDED_PROTO HTTP_X_REAL_IP HTTP_X_REQUESTED_WITH",
].flatMap((line) => line.split(" "));

interface Known {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const SHORTEST = Math.min(...NAMES.map((name) => name.length));
/** Enough for each name to have a place of its own. */
const PLACES = 4096;
const table: (Known | undefined)[] = new Array<Known | undefined>(PLACES).fill(undefined);
for (const name of NAMES) {
  const bytes = Buffer.from(name, "latin1");
  table[placeOf(bytes, 0, bytes.length)] = { name, bytes };
}

/** The name that stands in `bytes` from `start` to `end`, where it is one of those known. */
export function knownName(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start;
  if (length < SHORTEST) return undefined;
  const known = table[placeOf(bytes, start, end)];
  if (known === undefined || known.bytes.length !== length) return undefined;
  for (let at = 0; at < length; at++) if (bytes[start + at] !== known.bytes[at]) return undefined;
  return known.name;
}

/** The header field of each known `HTTP_*`, in lower case. */
export const KNOWN_FIELDS: ReadonlyMap<string, string> = new Map(
  NAMES.filter((name) => name.startsWith("HTTP_")).map((name) => [name, fieldOf(name)]),
);

/** `HTTP_USER_AGENT` → `user-agent` */
export function fieldOf(variable: string): string {
  return variable.slice("HTTP_".length).toLowerCase().replaceAll("_", "-");
}

/** By which no two of the names are alike. */
function placeOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const middle = bytes[start + (length >> 1) + 1]!;
  return (
    ((bytes[start]! * 7 + bytes[start + 4]! * 31 + middle * 131 + bytes[end - 2]! * 523) ^ (length << 6)) &
    (PLACES - 1)
  );
}
