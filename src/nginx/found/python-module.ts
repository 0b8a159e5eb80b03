import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A Python app, as the ini tells of it. */
export interface PythonProject {
  /** Absolute. */
  readonly chdir: string;
  /** Absolute. */
  readonly pythonpath: readonly string[];
  /** "mysite.wsgi:application", "wsgi.py" */
  readonly module: string;
}

export interface Source {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** The source of a module, found as the worker finds it; undefined: it is none of the project's own files. */
export function sourceOf(module: string, { chdir, pythonpath }: PythonProject): Source | undefined {
  const name = module.replace(/:[^:/]*$/, "");
  if (name.endsWith(".py") || name.includes("/")) return read(resolve(chdir, name));
  const path = name.replaceAll(".", "/");
  for (const place of [...pythonpath, chdir]) {
    const found = read(join(place, `${path}.py`)) ?? read(join(place, path, "__init__.py"));
    if (found) return found;
  }
  return undefined;
}

function read(file: string): Source | undefined {
  try {
    return { file, text: readFileSync(file, "utf8") };
  } catch {
    return undefined;
  }
}
