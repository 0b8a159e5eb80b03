/** Names kept, and characters of one: strangers choose them. */
const MOST_KEPT = 256;
const LONGEST_KEPT = 40;

const kept = new Map<string, string | undefined>();

/**
 * The meta-variable of a header field (RFC 3875, section 4.1.18): "User-Agent" is HTTP_USER_AGENT. undefined for
 * a name with an underscore: "X_Real_IP" and "X-Real-IP" would become one variable, and only the second may
 * speak, as NGINX sees it.
 * @param field a token (RFC 9110, section 5.6.2)
 */
export function variableName(field: string): string | undefined {
  const known = kept.get(field);
  if (known !== undefined || kept.has(field)) return known;
  const name = made(field);
  if (field.length <= LONGEST_KEPT && kept.size < MOST_KEPT) kept.set(field, name);
  return name;
}

function made(field: string): string | undefined {
  if (field.includes("_")) return undefined;
  const upper = field.toUpperCase().replaceAll("-", "_");
  return upper === "CONTENT_TYPE" || upper === "CONTENT_LENGTH" ? upper : `HTTP_${upper}`;
}
