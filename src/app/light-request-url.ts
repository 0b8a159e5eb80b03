/** Paths and queries that URL parsing leaves as they are (https://url.spec.whatwg.org/#path-state). */
const STABLE = /^(?:\/(?!\.|%2e)[-A-Za-z0-9._~!$&'()*+,;=:@%]*)+(?:\?[-A-Za-z0-9._~!$&()*+,;=:@%/?[\]]*)?$/i;

/** Scheme and host as they are asked for, and the origin that URL parsing makes of them. */
const origins = new Map<string, string>();
const MOST_ORIGINS = 64;
/** What was asked for last, as nearly every request asks again. */
let last = { scheme: "", host: "", origin: "" };

/** The origin of a request's URL; undefined: there is no such URL, or it takes parsing to know it. */
export function simpleOrigin(scheme: string, host: string): string | undefined {
  if (last.host === host && last.scheme === scheme) return last.origin;
  const asked = `${scheme}://${host === "" ? "localhost" : host}`;
  const origin = origins.get(asked) ?? learn(asked);
  if (origin !== undefined) last = { scheme, host, origin };
  return origin;
}

/** The URL made last: its parts come again, and so do its own parts, once an app has looked for them. */
let made = { origin: "", target: "", url: "" };

/** The URL of a target in origin form, or of "*", at an origin, as the Request class would have it. */
export function urlAt(origin: string, target: string): string {
  if (made.target !== target || made.origin !== origin) made = { origin, target, url: urlOf(origin, target) };
  return made.url;
}

function urlOf(origin: string, target: string): string {
  if (target === "/" || STABLE.test(target)) return origin + target;
  return new URL(`${origin}${target.startsWith("/") ? "" : "/"}${target}`).href;
}

function learn(asked: string): string | undefined {
  if (!URL.canParse(`${asked}/`)) return undefined;
  const { origin, href } = new URL(`${asked}/`);
  // Otherwise the host has in it what does not belong to it: a user, a path.
  if (href !== `${origin}/`) return undefined;
  if (origins.size < MOST_ORIGINS) origins.set(asked, origin);
  return origin;
}
