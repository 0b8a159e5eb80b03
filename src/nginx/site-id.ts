/**
 * `portico_…`, [a-z0-9_], unlike for any two names: how a site calls what is its own. With a prefix, since
 * "$http_host" and "$proxy_host" are NGINX's.
 */
export function siteId(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z\d]/g, "_");
  // NGINX takes variables of up to 46 bytes, and `_connection` is put behind. "my-app" and "my_app" are two sites.
  if (plain === name && name.length <= 27) return `portico_${name}`;
  // Asked for where it is needed: a master that has no such name does without its memory.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `portico_${plain.slice(0, 20)}_${createHash("sha256").update(name).digest("hex").slice(0, 6)}`;
}
