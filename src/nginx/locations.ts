import { blockOf } from "./block.ts";
import type { SiteDraft } from "./draft.ts";
import { difference, effective, isWithin, type Level } from "./effective.ts";
import { quote } from "./quote.ts";
import type { StaticPath, Upstream } from "./site-input.ts";
import { sentLines, staticHeaders, staticLines } from "./static-lines.ts";

/*
 * NGINX serves a request from one location alone, so what was said for /, /api and /api/v1 must all stand in
 * the location of /api/v1. There is one location for each path for which anything was said, holding what
 * differs from the server's level.
 *
 * A path for which something was said is a regular expression, the longest first, so that it takes /api and
 * /api/x but not /apix; it has no case, because an app may take /API for /api, and what stands there may be
 * all that guards it. What lies in a static directory is a prefix, as the directory is.
 */
export function locationsOf(draft: SiteDraft): string[][] {
  const outside = effective(draft, "", draft.main);
  const root = draft.statics.find(({ prefix }) => prefix === "");
  const folders = draft.statics.filter(({ prefix, file }) => prefix !== "" && !file);
  const inFolder = (path: string): boolean =>
    folders.some(({ prefix }) => path !== prefix && isWithin(path, prefix));
  const apps = [...draft.mounts, ...draft.direct.map((prefix) => ({ ...draft.main, prefix }))];
  const paths = [...new Set([...apps.map(({ prefix }) => prefix), ...draft.scopes.keys()])].filter(
    (path) => path !== "" && !draft.statics.some(({ prefix, file }) => file && prefix === path),
  );
  const expressions = paths
    .filter((path) => !inFolder(path))
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  // A prefix stops the search for expressions where there are any to stop.
  const prefix = expressions.length > 0 ? "^~ " : "";
  const fallbacks = new Map<string, string[]>();
  const context: Context = { draft, apps, outside, root, prefix, fallbacks };

  const locations = [
    ...expressions.map((path) => expressionLocation(context, path)),
    ...paths.filter(inFolder).flatMap((path) => inFolderLocations(context, path, folders)),
    ...draft.statics
      .filter(
        (mapped) => mapped.prefix !== "" && !paths.some((path) => path === mapped.prefix && inFolder(path)),
      )
      .map((mapped) => staticLocation(context, mapped)),
    location("/", outermost(context, root)),
  ];
  const sent = draft.sent.map(({ prefix: at, path }) =>
    location(`^~ ${quote(`${at}/`)}`, [["internal;", ...sentLines(draft, path)]]),
  );
  return [...sent, ...locations, ...fallbacks.values()];
}

interface Context {
  readonly draft: SiteDraft;
  /** Those that answer at a path of their own. */
  readonly apps: readonly (Upstream & { readonly prefix: string })[];
  readonly outside: Level;
  readonly root: StaticPath | undefined;
  readonly prefix: string;
  /** By name. */
  readonly fallbacks: Map<string, string[]>;
}

function expressionLocation(context: Context, path: string): string[] {
  const { draft, apps, outside, root } = context;
  const mount = nearest(apps, path);
  const app = mount ?? draft.main;
  const level = effective(draft, path, app);
  const pattern = quote(`^${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:/|$)`);
  // A mounted app alone is where the app server has it, case and all.
  const sign = draft.scopes.has(path) ? "~*" : "~";
  if (root !== undefined && mount === undefined)
    return location(`${sign} ${pattern}`, served(context, root, path));
  return location(`${sign} ${pattern}`, [...difference(draft, level, outside), [pass(app)]]);
}

/** A path within a static directory: a part of that directory, or a mounted app. */
function inFolderLocations(context: Context, path: string, folders: readonly StaticPath[]): string[][] {
  const { draft, apps, outside, prefix } = context;
  const mount = nearest(apps, path);
  const folder = nearest(folders, path)!;
  const app = mount ?? draft.main;
  const body = difference(draft, effective(draft, path, app), outside);
  if (mount !== undefined && mount.prefix.length > folder.prefix.length)
    return [
      location(`= ${quote(path)}`, [...body, [pass(app)]]),
      location(`${prefix}${quote(`${path}/`)}`, [...body, [pass(app)]]),
    ];
  const below = `${folder.path}${path.slice(folder.prefix.length)}`;
  const within: StaticPath = { ...folder, prefix: path, path: below };
  return [
    location(`= ${quote(path)}`, served(context, { ...within, file: true }, path)),
    location(`${prefix}${quote(`${path}/`)}`, served(context, within, path)),
  ];
}

function staticLocation(context: Context, mapped: StaticPath): string[] {
  const at = mapped.file ? `= ${quote(mapped.prefix)}` : `${context.prefix}${quote(`${mapped.prefix}/`)}`;
  return location(at, served(context, mapped, mapped.prefix));
}

function outermost(context: Context, root: StaticPath | undefined): string[][] {
  const { draft, outside } = context;
  if (root !== undefined) return served(context, root, "");
  return [...difference(draft, outside, outside), [pass(draft.main)]];
}

/** All that a path has which is served from disk; what is not there goes to the app, as it does with static-map. */
function served(context: Context, mapped: StaticPath, path: string): string[][] {
  const { draft, outside } = context;
  const level = effective(draft, path, draft.main, staticHeaders(draft, mapped));
  return [...difference(draft, level, outside), staticLines(draft, mapped, () => fallback(context, path))];
}

/** The families of lines that decide who may come in. */
const GUARDS = new Set(["satisfy", "access", "auth", "certificate", "throttle", "connections"]);

/** The named location that passes on what is not on disk at a path, with all that was said for the app there. */
function fallback({ draft, outside, fallbacks }: Context, path: string): string {
  // Who came so far was let in, and asking again would cost another request to the app.
  const level = new Map([...effective(draft, path, draft.main)].filter(([family]) => !GUARDS.has(family)));
  const lifted = [...outside.keys()].some((family) => GUARDS.has(family)) ? [draft.liftGuards()] : [];
  const body = [...lifted, ...difference(draft, level, outside)].filter((block) => block.length > 0);
  let name = `@${draft.id}${body.length === 0 ? "" : path.replace(/[^A-Za-z\d]/g, "_")}`;
  for (;;) {
    const made = location(name, [...body, [pass(draft.main)]]);
    const there = fallbacks.get(name);
    if (there !== undefined && String(there) !== String(made)) {
      // "/a-b" and "/a_b" are two.
      name += "_";
      continue;
    }
    fallbacks.set(name, made);
    return name;
  }
}

function location(at: string, blocks: readonly (readonly string[])[]): string[] {
  return blockOf(`location ${at}`, blocks);
}

export function pass({ id, wire }: Upstream): string {
  return wire === "http" ? `proxy_pass http://${id};` : `${wire}_pass ${id};`;
}

function nearest<Held extends { readonly prefix: string }>(
  all: readonly Held[],
  path: string,
): Held | undefined {
  return all
    .filter(({ prefix }) => isWithin(path, prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
