import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Found, holds, NOTHING_FOUND } from "./found.ts";
import { type PythonProject, type Source, sourceOf } from "./python-module.ts";

/**
 * Flask's `static` folder, where the source leaves no doubt: one `Flask(__name__)`, in the app's module or in one
 * that it imports from, nothing said there of other static files, and no hook that could ask who comes.
 */
export function findFlask(project: PythonProject): Found {
  const source = sourceOf(project.module, project);
  if (source === undefined) return NOTHING_FOUND;
  const maker = [source, ...imported(source, project)].find(({ text }) => /\bFlask\s*\(/.test(text));
  if (maker === undefined || !isPlain(maker.text) || !isPlain(source.text)) return NOTHING_FOUND;
  const path = join(dirname(maker.file), "static");
  const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isThere || holds(path, [project.chdir, maker.file, source.file])) return NOTHING_FOUND;
  const from = `the static folder of Flask(__name__) in ${maker.file}`;
  return { statics: [{ prefix: "/static", path, file: false, hashed: false, from }], words: [] };
}

/** The modules of the project from which another takes its app: `from hello import app`. */
function imported({ text }: Source, project: PythonProject): Source[] {
  return [...text.matchAll(/^from\s+([A-Za-z_][\w.]*)\s+import\b/gm)]
    .map(([, name]) => sourceOf(name!, project))
    .filter((source) => source !== undefined);
}

/** Comments count as well: what is said there may have been code a moment ago. */
function isPlain(text: string): boolean {
  const made = [...text.matchAll(/\bFlask\s*\(\s*([^)]*?)\s*,?\s*\)/g)];
  if (text.match(/\bFlask\s*\(/g)?.length !== made.length && made.length > 0) return false;
  if (made.length > 1) return false;
  if (!made.every(([, args]) => /^__name__(?:\s*,\s*\w+\s*=\s*[\w."'/]+)*$/.test(args!))) return false;
  return !/static_folder|static_url_path|before_(?:app_)?request|SCRIPT_NAME|APPLICATION_ROOT/.test(text);
}
