import type { StaticOptions } from "./static-options.ts";

type Rules = Pick<StaticOptions, "expires" | "expiresUri" | "expiresType">;

/**
 * How long a file is fresh, in seconds, by the first rule that says it, in uWSGI's order: its path, the
 * target, its media type. undefined: no rule does. Where several do uWSGI sends several Expires; one is sent
 * here, as RFC 9110, section 5.2, has it.
 * @throws SyntaxError for a rule that is no regular expression.
 */
export function lifetimes(
  rules: Rules,
): ((path: string, target: string, type: string) => number | undefined) | undefined {
  const compiled = (list: Rules["expires"]) =>
    list.map(([pattern, seconds]) => ({ pattern: new RegExp(pattern), seconds }));
  const byPath = compiled(rules.expires);
  const byTarget = compiled(rules.expiresUri);
  const byType = new Map(rules.expiresType);
  if (byPath.length + byTarget.length + byType.size === 0) return undefined;
  return (path, target, type) =>
    byPath.find(({ pattern }) => pattern.test(path))?.seconds ??
    byTarget.find(({ pattern }) => pattern.test(target))?.seconds ??
    byType.get(type.replace(/;.*/, ""));
}
