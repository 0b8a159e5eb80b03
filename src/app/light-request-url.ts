/** Paths and queries that URL parsing leaves as they are (https://url.spec.whatwg.org/#path-state). */
const STABLE = /^(?:\/(?!\.|%2e)[-A-Za-z0-9._~!$&'()*+,;=:@%]*)+(?:\?[-A-Za-z0-9._~!$&()*+,;=:@%/?[\]]*)?$/i;

/** Scheme and host as they are asked for, and the origin that URL parsing makes of them. */
const origins = new Map<string, string>();
const MOST_ORIGINS = 64;

/**
 * The URL of a request, as the Request class would have it, when it takes no parsing to know it.
 * undefined: it does, or there is no such URL.
 */
export function simpleUrl(scheme: string, host: string, target: string): string | undefined {
  if (!STABLE.test(target)) return undefined;
  const asked = `${scheme}://${host === "" ? "localhost" : host}`;
  const origin = origins.get(asked) ?? learn(asked);
  return origin === undefined ? undefined : origin + target;
}

function learn(asked: string): string | undefined {
  if (!URL.canParse(`${asked}/`)) return undefined;
  const { origin, href } = new URL(`${asked}/`);
  // Otherwise the host has in it what does not belong to it: a user, a path.
  if (href !== `${origin}/`) return undefined;
  if (origins.size < MOST_ORIGINS) origins.set(asked, origin);
  return origin;
}
