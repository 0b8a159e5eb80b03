import type { SiteDraft } from "./draft.ts";
import { comment, quote } from "./quote.ts";
import type { StaticPath } from "./site-input.ts";

/**
 * The lines that serve files from disk.
 * @param app names the location that passes on what is not there; called only where something is
 */
export function staticLines(draft: SiteDraft, mapped: StaticPath, app: () => string): string[] {
  const { prefix, path, file, index, fallback } = mapped;
  const from = prefix === "" ? `root ${quote(path || "/")};` : `alias ${quote(file ? path : `${path}/`)};`;
  const name = visible(draft, mapped.withoutMaps === true);
  const tried = [
    name,
    ...(index === undefined || file ? [] : [`${name}/${index}`]),
    ...(fallback === undefined
      ? [app()]
      : // Behind an alias a name is taken from its directory, behind a root it begins with a slash.
        [...(fallback === "" ? [] : [quote(prefix === "" ? `/${fallback}` : fallback)]), "=404"]),
  ];
  const said = mapped.from === undefined ? [] : [`# Found: ${comment(mapped.from)}.`];
  return [...said, from, ...precompressed(draft, mapped), `try_files ${tried.join(" ")};`];
}

/** The lines that send files which the app has authorised; no link leads out of the directory. */
export function sentLines(draft: SiteDraft, path: string): string[] {
  const name = visible(draft, false);
  return [
    `alias ${quote(`${path}/`)};`,
    `disable_symlinks on ${quote(`from=${path}`)};`,
    `try_files ${name} =404;`,
  ];
}

/** A year without asking again for what changes its name with its content; for the rest what was set. */
export function staticHeaders(draft: SiteDraft, { cacheControl, unhashed }: StaticPath): Map<string, string> {
  if (cacheControl === undefined) return new Map();
  if (unhashed) return new Map([["Cache-Control", `"${cacheControl}"`]]);
  const variable = `$${draft.name("fresh", cacheControl)}`;
  draft.addMap([
    "# Names with a hash of the content in them: app.3f9ac51b.js, and Vite's assets/app-DiwrgTda.js.",
    `map $uri ${variable} {`,
    "    volatile;",
    `    default "${cacheControl}";`,
    `    "~${HASHED[0]}" "${FOREVER}";`,
    `    "~${HASHED[1]}"`,
    `        "${FOREVER}";`,
    "}",
  ]);
  return new Map([["Cache-Control", variable]]);
}

/** Paths whose files have a hash of their content in the name; regular expressions of both PCRE and JavaScript. */
export const HASHED = [
  String.raw`[.-](?=[a-f]*[0-9])[0-9a-f]{8,}(?:\.[a-z0-9]+)+$`,
  String.raw`/assets/[^/]+-(?=[\w-]{8}\.)(?:[\w-]*[0-9_][\w-]*|[\w-]+[A-Z][\w-]*)\.[a-z0-9]+$`,
] as const;

const FOREVER = "max-age=31536000, immutable";

/** The path, but of nothing with a dot in front: .env, .git, .htpasswd are nobody's business. */
function visible(draft: SiteDraft, withoutMaps: boolean): string {
  const variable = `$${draft.name("file", withoutMaps ? "no maps" : "")}`;
  draft.addMap([
    `# Files and directories with a dot in front are not there, .well-known is${withoutMaps ? "; nor are source maps" : ""}.`,
    `map $uri ${variable} {`,
    "    volatile;",
    "    default $uri;",
    '    "~/\\.(?!well-known/)" /.none;',
    ...(withoutMaps ? ['    "~\\.map$" /.none;'] : []),
    "}",
  ]);
  return variable;
}

function precompressed(draft: SiteDraft, mapped: StaticPath): string[] {
  if (!mapped.precompressed) return [];
  const { modules } = draft.input.nginx;
  const kinds = ["gzip", "brotli", "zstd"].filter((kind) => modules.has(`http_${kind}_static`));
  return [...kinds.map((kind) => `${kind}_static on;`), ...(kinds.length > 0 ? ["gzip_vary on;"] : [])];
}
