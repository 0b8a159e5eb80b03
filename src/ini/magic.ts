import { basename, dirname, extname, resolve } from "node:path";
import type { IniContext } from "./context.ts";

/**
 * The magic variables of one ini file, replaced while it is read, so that they tell of the file they
 * stand in (uWSGI documentation, "Magic variables").
 */
export interface Magic {
  /** `value` with its magic variables replaced and `%%` made `%`; `unknown` lists those there are none of. */
  replace(value: string, section: string): { value: string; unknown: readonly string[] };
}

/** @param first the file named on the command line, which the capital letters tell of */
export function magicOf(file: string, first: string, context: IniContext): Magic {
  const own = fileVariables(file, context.cwd);
  const table = new Map<string, string>([
    ...own,
    ...[...fileVariables(first, context.cwd)].map(([name, value]) => [name.toUpperCase(), value] as const),
    ["v", context.cwd],
    ["h", context.hostname],
    ["k", String(context.cores)],
    ["%", "%"],
    ["[", "\u001b"],
  ]);
  dirname(resolve(context.cwd, file))
    .split("/")
    .slice(1, 11)
    .forEach((part, index) => {
      table.set(String(index), part);
    });

  return {
    replace(value, section) {
      const unknown: string[] = [];
      // `%(` is a reference to another setting, and a % before anything else stands for itself.
      const replaced = value.replace(/%([A-Za-z0-9%[])/g, (text, letter: string) => {
        const found = letter === "x" || letter === "X" ? section : table.get(letter);
        if (found === undefined) unknown.push(`${text} is no magic variable (a percent sign is written %%)`);
        return found ?? text;
      });
      return { value: replaced, unknown };
    },
  };
}

function fileVariables(file: string, cwd: string): Map<string, string> {
  const path = resolve(cwd, file);
  const directory = dirname(path);
  return new Map([
    ["o", file],
    ["p", path],
    ["s", basename(path)],
    ["d", directory === "/" ? "/" : `${directory}/`],
    ["e", extname(path).slice(1)],
    ["n", basename(path, extname(path))],
    ["c", basename(directory)],
  ]);
}
