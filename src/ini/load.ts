import { resolve } from "node:path";
import { blockValues, splitBlocks, withBlockValue } from "./blocks.ts";
import { errorCode, type IniContext } from "./context.ts";
import { IniError } from "./ini-error.ts";
import { type Ini, parseIni } from "./parse.ts";
import { resolvePlaceholders } from "./placeholders.ts";
import type { Origin, Setting } from "./setting.ts";

/** The settings of an ini file with those of the files it includes, in the order in which uWSGI reads them. */
export interface LoadedIni {
  /** The path as it was given, without a section. */
  readonly file: string;
  /** Placeholders are still in them: other files and arguments may define what they refer to. */
  readonly settings: readonly Setting[];
  /** The `[nginx]` section of the file itself. */
  readonly nginx: readonly Setting[];
  readonly warnings: readonly string[];
}

/** Files that include each other deeper than this include themselves, in one way or another. */
const maximumDepth = 16;
const includes = new Set(["ini", "include", "inherit"]);

/**
 * Loads `file.ini`, whose main section is `[uwsgi]` followed by `[portico]`, which uWSGI does not read; or
 * `file.ini:section`. `ini = other.ini`, `ini = other.ini:section` and `ini = :section` (of the file loaded
 * last) are replaced by what they name, there and then, and blocks by what they come to.
 *
 * @throws IniError
 */
export function loadIni(target: string, context: IniContext): LoadedIni {
  const { file, section } = splitTarget(target);
  const warnings: string[] = [];
  const settings: Setting[] = [];
  let last: Ini | undefined;

  function read(path: string, from: Origin | undefined): Ini {
    try {
      const ini = parseIni(context.readFile(resolve(context.cwd, path)), path, context, file);
      warnings.push(...ini.warnings);
      return ini;
    } catch (error) {
      if (error instanceof IniError) throw error;
      const reason = readErrors[errorCode(error) ?? ""] ?? String(error);
      throw new IniError(from ?? path, `Cannot read ${from === undefined ? "the file" : path}: ${reason}`, {
        cause: error,
      });
    }
  }

  function load(ini: Ini, name: string | undefined, from: Origin | undefined, depth: number): void {
    if (depth > maximumDepth) {
      throw new IniError(from ?? ini.file, `Cannot include ${ini.file}: it includes itself`);
    }
    for (const part of splitBlocks(sectionOf(ini, name, from))) {
      if ("body" in part) {
        const value = valueNow(part.opener);
        for (const each of blockValues(part.opener, value, context)) {
          for (const setting of part.body) take(withBlockValue(setting, each), ini, depth);
        }
      } else {
        take(part, ini, depth);
      }
    }
  }

  function take(setting: Setting, ini: Ini, depth: number): void {
    if (!includes.has(setting.name)) {
      settings.push(setting);
      return;
    }
    const named = splitTarget(valueNow(setting));
    if (named.file === "") {
      const owner = last?.sections.has(named.section ?? "") ? last : ini;
      load(owner, named.section, setting.origin, depth + 1);
      return;
    }
    last = read(named.file, setting.origin);
    load(last, named.section, setting.origin, depth + 1);
  }

  /** Includes and blocks are decided at once, so they can refer only to what stands before them. */
  function valueNow(setting: Setting): string {
    const now = resolvePlaceholders([setting], context, settings).settings[0]!;
    if (now.unresolved !== undefined) {
      throw new IniError(setting.origin, `Cannot follow ${setting.name}: ${now.unresolved.join(", ")}`);
    }
    return now.value;
  }

  const main = read(file, undefined);
  last = main;
  load(main, section, undefined, 0);
  return { file, settings, nginx: main.sections.get("nginx") ?? [], warnings };
}

function sectionOf(ini: Ini, name: string | undefined, from: Origin | undefined): readonly Setting[] {
  const found =
    name === undefined
      ? [ini.sections.get("uwsgi"), ini.sections.get("portico")].filter((section) => section !== undefined)
      : [ini.sections.get(name)].filter((section) => section !== undefined);
  if (found.length > 0) return found.flat();
  const wanted = name === undefined ? "[uwsgi] or [portico]" : `[${name}]`;
  const present = [...ini.sections.keys()].map((each) => `[${each}]`).join(", ");
  throw new IniError(
    from ?? ini.file,
    `Cannot find section ${wanted} in ${ini.file}: it has ${present === "" ? "no section" : present}`,
  );
}

/** "hello.ini:dev" is the section dev of hello.ini, ":dev" the section dev of a file already read. */
export function splitTarget(target: string): { file: string; section: string | undefined } {
  const colon = target.lastIndexOf(":");
  if (colon < 0 || target.includes("/", colon)) return { file: target, section: undefined };
  return { file: target.slice(0, colon), section: target.slice(colon + 1) };
}

const readErrors: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
};
