import path from "node:path";
import { feature } from "../feature.ts";
import { addFound } from "../found/add-found.ts";
import { isOff } from "../found/found.ts";
import { readPath, readTime, refuseVariables, seconds, wanted, wordsOf } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";
import type { SiteInput, StaticPath } from "../site-input.ts";

interface Said {
  readonly statics: StaticPath[];
  /** Paths that are the app's. */
  readonly direct: string[];
  /** What only the app may have sent: [prefix, directory]. */
  readonly sent: StaticPath[];
}

/** Files that NGINX serves by itself. */
export const staticFiles = feature<Said>({
  settings: {
    static: {
      text: "/prefix = path [expires=TIME | expires=auto] [index=index.html] [fallback=FILE | fallback=none] [precompressed=yes]: files that NGINX serves by itself, what is not there goes to the app; may be repeated. Names with a dot in front are never served. expires: how long a browser need not ask again, auto: it always does; files with a hash in their name are kept for a year. index: the file that stands for a directory. fallback: what is not there is 404, or that file of path. precompressed: file.gz (and .br, .zst where NGINX has the module) are sent for file. What the app's framework names is served without a line; off: it is not looked for.",
      read(value, { statics }, { chdir }) {
        if (isOff(value)) return;
        const found = readStaticLine(value, chdir);
        if (statics.some(({ prefix }) => prefix === found.prefix)) throw wanted("each prefix once", value);
        statics.push(found);
      },
    },
    app: {
      text: "/path…: what goes to the app, whatever is on disk, such as the API of a page that has a fallback; may be repeated.",
      read(value, { direct }) {
        direct.push(...readDirect(value));
      },
    },
    "send-files": {
      text: '/prefix = path: files that nobody gets but by the app\'s word: it answers with context.sendFile("/prefix/file") or the header X-Accel-Redirect: /prefix/file, and NGINX sends that file, or Portico where it is asked directly. Neither dot files nor links are; may be repeated.',
      read(value, { sent }, { chdir }) {
        const found = readSent(value, chdir);
        if (sent.some(({ prefix }) => prefix === found.prefix)) throw wanted("each prefix once", value);
        sent.push(found);
      },
    },
  },
  begin: () => ({ statics: [], direct: [], sent: [] }),
  add({ statics, direct, sent }, draft) {
    draft.direct.push(...direct);
    draft.statics.push(...withStaticMap(statics, readStaticMap(draft.input)));
    draft.sent.push(...sent);
    // When all locations are known.
    draft.later.push(() => addFound(draft));
    const packed = statics.some(({ precompressed }) => precompressed);
    if (packed && !draft.input.nginx.modules.has("http_gzip_static"))
      draft.leaveOut("precompressed", "this NGINX was built without its gzip_static module");
  },
});

/** Behind `send-files =`. @throws Error with what was wanted */
export function readSent(value: string, chdir: string): StaticPath {
  const found = readStaticLine(value, chdir);
  if (found.prefix === "" || found.file || Object.keys(found).length > 3)
    throw wanted("/prefix = directory", value);
  readPath(found.prefix);
  return found;
}

/** `/prefix = path [expires=…] …` */
export function readStaticLine(value: string, chdir: string): StaticPath {
  const cut = value.indexOf("=");
  if (cut < 0) throw wanted("/prefix = path", value);
  const { words, rest } = wordsBehind(value.slice(cut + 1).trim());
  return { ...readStatic(value.slice(0, cut).trim(), rest, chdir), ...readWords(words, value) };
}

/** The path may have spaces: words are only what has a known name in front. */
function wordsBehind(text: string): { words: Map<string, string>; rest: string } {
  const words = new Map<string, string>();
  let rest = text;
  for (;;) {
    const [whole, name, word] = /\s+(expires|index|fallback|precompressed)=(\S*)$/.exec(rest) ?? [];
    if (whole === undefined || name === undefined) return { words, rest };
    words.set(name, word!);
    rest = rest.slice(0, -whole.length);
  }
}

function readWords(words: ReadonlyMap<string, string>, value: string): Partial<StaticPath> {
  const [expires, index, fallback] = ["expires", "index", "fallback"].map((name) => words.get(name));
  const precompressed = words.get("precompressed");
  const bad = [index, fallback].find((name) => name !== undefined && !/^[\w-][\w./-]*$/.test(name));
  if (bad !== undefined) throw wanted("the name of a file, such as index.html", bad);
  if (precompressed !== undefined && precompressed !== "yes") throw wanted("precompressed=yes", value);
  return {
    ...(expires === undefined ? {} : { cacheControl: cacheControl(expires) }),
    ...(index === undefined ? {} : { index }),
    ...(fallback === undefined ? {} : { fallback: fallback === "none" ? "" : fallback }),
    ...(precompressed === undefined ? {} : { precompressed: true }),
  };
}

function cacheControl(expires: string): string {
  return expires === "auto" ? "no-cache" : `max-age=${seconds(readTime(expires))}`;
}

/**
 * A prefix and a path as a StaticPath. It is one file where prefix and path end alike in an
 * extension: `/favicon.ico = public/favicon.ico`.
 */
function readStatic(prefix: string, file: string, chdir: string): StaticPath {
  if (!prefix.startsWith("/") || file === "") throw wanted("/prefix = path", `${prefix} = ${file}`);
  if (/[\x00-\x1f\x7f]/.test(prefix + file)) throw wanted("one line of plain text", prefix + file);
  const absolute = refuseVariables(path.resolve(chdir, file));
  const extension = path.posix.extname(prefix);
  return {
    prefix: prefix.replace(/\/+$/, ""),
    path: absolute === "/" ? "" : absolute,
    file: extension !== "" && extension === path.extname(absolute),
  };
}

/** What the app server would serve from disk, NGINX serves. @throws SiteError */
export function readStaticMap({ staticMap, chdir }: Pick<SiteInput, "staticMap" | "chdir">): StaticPath[] {
  try {
    return staticMap.map(([prefix, file]) => readStatic(prefix, file, chdir));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SiteError(`Cannot have NGINX serve static-map: ${reason}`, { cause: error });
  }
}

/** Its own `static` settings go before; of two in static-map the first wins, as it does in the app server. */
export function withStaticMap<Path extends StaticPath>(
  statics: readonly StaticPath[],
  mapped: readonly Path[],
): (StaticPath | Path)[] {
  const byPrefix = new Map<string, StaticPath | Path>();
  for (const path of mapped) if (!byPrefix.has(path.prefix)) byPrefix.set(path.prefix, path);
  for (const own of statics) byPrefix.set(own.prefix, own);
  return [...byPrefix.values()];
}

/** `/path…` */
export function readDirect(value: string): string[] {
  const paths = wordsOf(value).map(readPath);
  if (paths.length === 0 || paths.includes("")) throw wanted("paths such as /api", value);
  return paths;
}
