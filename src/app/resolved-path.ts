/**
 * The path of a target as NGINX resolves it (`$uri`): decoded, slashes merged, dot segments taken away, without a
 * fragment. One latin1 character a byte.
 * @returns undefined for a target that NGINX refuses with 400
 */
export function resolvedPath(target: string): string | undefined {
  if (PLAIN.test(target)) return target;
  const path = target.replace(/[?#].*$/s, "");
  if (!path.startsWith("/") || /%(?![\da-f]{2})|%00/i.test(path)) return undefined;
  const decoded = path.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const segments = decoded.slice(1).split("/");
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === "..") {
      if (resolved.length === 0) return undefined;
      resolved.pop();
    } else if (segment !== "" && segment !== ".") resolved.push(segment);
  }
  const isFolder = /^\.{0,2}$/.test(segments.at(-1)!);
  return `/${resolved.join("/")}${isFolder && resolved.length > 0 ? "/" : ""}`;
}

/** Nothing to resolve. */
const PLAIN = /^\/(?:[^%#?/.][^%#?/]*\/)*(?:[^%#?/.][^%#?/]*)?$/;
