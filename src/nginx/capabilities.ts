/** What an NGINX can do, as far as sites depend on it. */
export interface Capabilities {
  /** "1.22.1" */
  readonly version: string;
  /** Its modules: "http_v2", "http_realip", "http_brotli_filter". */
  readonly modules: ReadonlySet<string>;
}

/** What sites are written for where no NGINX is at hand to ask: Debian 12's. */
export const USUAL_CAPABILITIES: Capabilities = {
  version: "1.22.1",
  modules: new Set([
    "http_ssl",
    "http_v2",
    "http_realip",
    "http_auth_request",
    "http_stub_status",
    "http_gzip_static",
  ]),
};

/** Whether a version, such as "1.25.1", is that one or newer. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split(".").map(Number));
  for (const [i, number] of want!.entries()) {
    const difference = (have![i] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * The modules that an NGINX was built with and those that its configuration loads.
 * @param built what `nginx -V` says
 * @param loaded the files that `load_module` names
 */
export function modulesOf(built: string, loaded: readonly string[]): ReadonlySet<string> {
  const inside = [...built.matchAll(/--with-(http_\w+?)_module(?=\s|$)/g)].map(([, name]) => name!);
  // Built in by hand: --add-module=/src/ngx_brotli is both of its modules.
  const added = [...built.matchAll(/--add-module=\S*?ngx_(brotli|zstd)/g)].flatMap(([, name]) => [
    `http_${name}_filter`,
    `http_${name}_static`,
  ]);
  const dynamic = loaded.flatMap((file) => /ngx_(http_\w+)_module\.so$/.exec(file)?.[1] ?? []);
  return new Set([...inside, ...added, ...dynamic]);
}
