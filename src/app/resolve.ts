import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { AppError } from "./app-error.ts";
import { nearest } from "./nearest.ts";

/** A module of the app's: its file, and the export that its name asked for with `:name`. */
export interface ResolvedModule {
  /** Absolute. */
  readonly file: string;
  readonly callable: string | undefined;
}

/** In the order in which they are looked for. */
const extensions = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/**
 * The file of a module that is named as uWSGI's `-w` names it: `hello`, `hello:app`, `pkg.hello:app`
 * (dots are directories), or as a path: `hello.ts`, `./x/hello.mjs`, `/srv/hello.js`. A directory
 * stands for its `index` file. Relative names count from `chdir`.
 * @throws AppError APP_NOT_FOUND, with what was looked for and the nearest file there is.
 */
export function resolveModule(module: string, chdir: string): ResolvedModule {
  const { name, callable } = splitCallable(module);
  const stems = stemsOf(name).map((stem) => resolve(chdir, stem));
  for (const stem of stems) {
    if (isFile(stem) && isPath(name)) return { file: stem, callable };
    for (const candidate of [stem, join(stem, "index")]) {
      const extension = extensions.find((one) => isFile(candidate + one));
      if (extension !== undefined) return { file: candidate + extension, callable };
    }
  }
  throw new AppError("APP_NOT_FOUND", notFound(name, stems, chdir));
}

/** `hello:app` → `hello` and `app`; what follows the last colon must be the name of an export. */
function splitCallable(module: string): { name: string; callable: string | undefined } {
  const match = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(module);
  return match ? { name: match[1] ?? "", callable: match[2] } : { name: module, callable: undefined };
}

function isPath(name: string): boolean {
  return name.includes("/") || extensions.includes(extname(name));
}

/** The paths, less an extension, that a name may stand for; `app.server` may be a file's whole name too. */
function stemsOf(name: string): string[] {
  if (isPath(name) || !name.includes(".") || name.startsWith(".") || name.endsWith(".")) return [name];
  return [name.replaceAll(".", "/"), name];
}

function notFound(name: string, stems: readonly string[], chdir: string): string {
  const shown = (path: string) => relative(chdir, path) || path;
  const explicit = extensions.includes(extname(name));
  const looked = stems
    .map((stem) =>
      explicit ? shown(stem) : `${shown(stem)}{${extensions.join(",")}}, ${shown(stem)}/index.*`,
    )
    .join(", ");
  const text = `Cannot find the app "${name}": looked for ${looked} in ${chdir}`;
  const first = stems[0] ?? chdir;
  const files = appFiles(dirname(first));
  if (files === undefined) return `${text}: there is no directory ${dirname(first)}.`;
  const like = nearest(
    basename(first).replace(/\.[cm]?[jt]s$/, ""),
    files.map((file) => file.replace(/\.\w+$/, "")),
  );
  const found = files.find((file) => file.replace(/\.\w+$/, "") === like);
  if (found !== undefined) return `${text}. Did you mean ${shown(join(dirname(first), found))}?`;
  if (files.length === 0) return `${text}. There is no TypeScript or JavaScript file in ${dirname(first)}.`;
  const some = files.slice(0, 5).join(", ");
  return `${text}. There is ${some}${files.length > 5 ? ", …" : ""}.`;
}

/** The files in a directory that could be an app, likeliest first; undefined where there is no such directory. */
function appFiles(directory: string): string[] | undefined {
  try {
    const files = readdirSync(directory).filter((file) => extensions.includes(extname(file)));
    const rank = (file: string) => extensions.indexOf(extname(file));
    return files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
