import { isAuthority } from "./authority.ts";
import { ProtocolError } from "./protocol-error.ts";

/** Where a target points. */
export interface Target {
  /** The authority of an absolute form; undefined where Host has to say it. */
  readonly authority: string | undefined;
  /** Path and query in origin form, or "*". */
  readonly path: string;
}

const SLASH = 0x2f;
const SCHEME = /^https?:\/\//i;
const AUTHORITY_END = /[/?]/;

/** Tells the four forms apart (RFC 9112, section 3.2). @throws ProtocolError */
export function readTarget(method: string, target: string): Target {
  // A CONNECT is for a proxy, whatever its target is.
  if (method === "CONNECT") throw refuse(501, "3.2.3", "a method other than CONNECT", target);
  if (target.charCodeAt(0) === SLASH) return { authority: undefined, path: target };
  if (target === "*") {
    if (method !== "OPTIONS") throw refuse(400, "3.2.4", `"*" with OPTIONS only, not with ${method}`, target);
    return { authority: undefined, path: target };
  }
  const scheme = SCHEME.exec(target)?.[0];
  if (scheme === undefined) throw refuse(400, "3.2", "a path, an http or https URI, or *", target);
  return absoluteForm(target, target.slice(scheme.length));
}

function absoluteForm(target: string, afterScheme: string): Target {
  const end = afterScheme.search(AUTHORITY_END);
  const authority = end < 0 ? afterScheme : afterScheme.slice(0, end);
  if (!isAuthority(authority))
    throw refuse(400, "3.2.2", "a URI with a host, a port at most, and no userinfo", target);
  const path = end < 0 ? "" : afterScheme.slice(end);
  return { authority, path: path.startsWith("/") ? path : `/${path}` };
}

function refuse(status: 400 | 501, section: string, wanted: string, target: string): ProtocolError {
  const got = JSON.stringify(target.length > 80 ? `${target.slice(0, 80)}…` : target);
  return new ProtocolError(
    status,
    `RFC 9112, section ${section}`,
    `Cannot use the request target: expected ${wanted}: got ${got}`,
  );
}
