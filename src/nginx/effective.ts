import type { Here, PassModule, Scope, SiteDraft } from "./draft.ts";
import type { Upstream } from "./site-input.ts";

/** The blocks of each family, as they hold at a path. */
export type Level = ReadonlyMap<string, readonly (readonly string[])[]>;

/**
 * What was said for a path and all above it, together, as an app that answers there has it.
 * @param headers of the answer, besides
 */
export function effective(
  draft: SiteDraft,
  path: string,
  app: Upstream,
  headers: ReadonlyMap<string, string> = new Map(),
): Level {
  const scopes = scopesAbove(draft, path);
  const here: Here = {
    module: passModule(app),
    fields: new Map(scopes.flatMap((scope) => [...scope.fields])),
    variables: new Map(scopes.flatMap((scope) => [...scope.variables])),
    headers: new Map([...scopes.flatMap((scope) => [...scope.headers]), ...headers]),
  };
  const level = new Map<string, string[][]>();
  for (const family of draft.families) {
    let blocks: string[][] = [];
    for (const scope of scopes) {
      const part = scope.parts.get(family);
      if (part === undefined) continue;
      const said = part.lines.flatMap((lines) =>
        (typeof lines === "function" ? lines(here) : [lines]).map((block) => [...block]),
      );
      blocks = part.beside ? [...blocks, ...said] : said;
    }
    const filled = blocks.filter((block) => block.length > 0);
    if (filled.length > 0) level.set(family, filled);
  }
  return level;
}

/** The blocks that a location needs of its own, where NGINX's server level has those of `outside`. */
export function difference(draft: SiteDraft, inside: Level, outside: Level): string[][] {
  return [...inside].flatMap(([family, blocks]) =>
    !draft.inLocations.has(family) && String(blocks) === String(outside.get(family))
      ? []
      : blocks.map((block) => [...block]),
  );
}

export function passModule({ wire }: Upstream): PassModule {
  return wire === "http" ? "proxy" : wire;
}

/** From the whole site down to the path itself. */
function scopesAbove(draft: SiteDraft, path: string): Scope[] {
  return [...draft.scopes]
    .filter(([above]) => isWithin(path, above))
    .sort(([a], [b]) => a.length - b.length)
    .map(([, scope]) => scope);
}

/** Whether a path is that one or below it. */
export function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}
