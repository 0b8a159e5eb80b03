import type { SiteDraft } from "../draft.ts";
import { isWithin } from "../effective.ts";
import { comment } from "../quote.ts";
import type { StaticPath } from "../site-input.ts";
import type { FoundStatic } from "./found.ts";

/**
 * Adds what was found in the app to a site, but where somebody said what is at that path, and tells of it.
 * Names without a hash are asked for each time, as the frameworks themselves have it.
 */
export function addFound(draft: SiteDraft): void {
  const { statics, words } = draft.input.found;
  const own = [...draft.statics, ...draft.sent];
  const useful = words.filter(({ prefix }) => !own.some((one) => one.prefix === prefix));
  for (const found of statics) {
    const { prefix, path, file, hashed, withoutMaps = false, from } = found;
    // NGINX would expand a `$`.
    if (path.includes("$") || isSaid(draft, found)) continue;
    draft.statics.push({
      prefix,
      path,
      file,
      cacheControl: "no-cache",
      unhashed: !hashed,
      withoutMaps,
      from,
    });
    draft.found.push(`${prefix} is ${path}: ${from}`);
  }
  draft.notes.push(...useful.filter(({ where }) => where !== "site").map(({ text }) => text));
  const written = useful.filter(({ where }) => where !== "stderr").map(({ text }) => `# ${comment(text)}.`);
  if (written.length > 0) draft.server.push(written);
}

/** Whether the ini or another location has the path, or serves these very files already. */
function isSaid(draft: SiteDraft, { prefix, path, file }: FoundStatic): boolean {
  const apps = [...draft.mounts.map((mount) => mount.prefix), ...draft.direct];
  return (
    draft.statics.some((one) => one.prefix === prefix || covers(one, prefix, path)) ||
    draft.sent.some((one) => isWithin(prefix, one.prefix)) ||
    apps.some((app) => isWithin(prefix, app)) ||
    (file && draft.locations.some(([first]) => first === `location = ${prefix} {`))
  );
}

function covers(one: StaticPath, prefix: string, path: string): boolean {
  const below = `${one.path}${prefix.slice(one.prefix.length)}`;
  return !one.file && isWithin(prefix, one.prefix) && path === below;
}
