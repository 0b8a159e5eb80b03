import type { IniContext } from "./context.ts";
import { IniError } from "./ini-error.ts";
import { magicOf } from "./magic.ts";
import type { Setting } from "./setting.ts";

/** An ini file as it stands: its sections with their settings in order, nothing included or looked up yet. */
export interface Ini {
  /** The path as it was given. */
  readonly file: string;
  readonly sections: ReadonlyMap<string, readonly Setting[]>;
  /** For people, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the text of an ini file in uWSGI's syntax: `[section]`, `name = value`, a bare `name`, and lines
 * that begin with `#` or `;` as comments. Sections of the same name are one. Magic variables are
 * replaced; `$(…)`, `@(…)` and `%(…)` stay, and so do includes and if and for blocks.
 *
 * There are no comments after a value and no continued lines, and quotes are part of a value.
 *
 * @param file the path as messages are to show it
 * @param first the file that the capital magic variables tell of, where `file` is an included one
 * @throws IniError naming file and line
 */
export function parseIni(text: string, file: string, context: IniContext, first = file): Ini {
  const magic = magicOf(file, first, context);
  const sections = new Map<string, Setting[]>();
  const warnings: string[] = [];
  let section: string | undefined;

  for (const [index, source] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = source.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const origin = { file, line: index + 1 };

    if (line.startsWith("[")) {
      const header = /^\[([^\]]*)\]\s*([#;].*)?$/.exec(line);
      if (header === null) throw new IniError(origin, `Cannot read ${line}: expected [section]`);
      section = header[1]!.trim();
      if (!sections.has(section)) sections.set(section, []);
      continue;
    }
    if (section === undefined) {
      warnings.push(`${file}:${origin.line}: ${line} stands before the first [section]: ignored`);
      continue;
    }
    const equals = line.indexOf("=");
    const name = (equals < 0 ? line : line.slice(0, equals)).trim();
    if (name === "") throw new IniError(origin, `Cannot read ${line}: expected a name before =`);
    const { value, unknown } = magic.replace(equals < 0 ? "true" : line.slice(equals + 1).trim(), section);
    sections.get(section)!.push({
      name,
      value,
      origin,
      ...(equals < 0 && { bare: true }),
      ...(unknown.length > 0 && { unresolved: unknown }),
    });
  }
  return { file, sections, warnings };
}
