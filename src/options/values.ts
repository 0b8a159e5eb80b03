import { describeOrigin, type Setting } from "../ini/setting.ts";
import { findOption, isExactName, isUwsgiName, nearestName } from "./names.ts";
import type { Option } from "./option.ts";
import type { Machine } from "./option-type.ts";
import { type OptionName, optionNames, optionOf } from "./table.ts";

/** The values of all options, defaults among them, and what people are to be told. */
export interface Values {
  /** A value, a list of values where the option repeats, or undefined. */
  readonly values: ReadonlyMap<OptionName, unknown>;
  /** The options that were given. */
  readonly given: ReadonlySet<OptionName>;
  /** Where each value of an option was given, "hello.ini:4", in the order of the values. */
  readonly origins: ReadonlyMap<OptionName, readonly string[]>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Gives settings their types. Of an option that does not repeat the last setting counts.
 *
 * @param settings in order of precedence, the strongest last, placeholders replaced
 * @param referenced names that some `%(name)` refers to, which makes an unknown name a variable
 */
export function readValues(
  settings: readonly Setting[],
  referenced: ReadonlySet<string>,
  machine: Machine,
): Values {
  const given = new Map<OptionName, unknown[]>();
  const origins = new Map<OptionName, string[]>();
  const problems: string[] = [];
  const warnings: string[] = [];

  for (const setting of settings) {
    const name = findOption(setting.name);
    const isVariable = setting.variable || (referenced.has(setting.name) && !isExactName(setting.name));
    if (isVariable) continue;
    if (name === undefined) {
      judgeUnknown(setting, problems, warnings);
      continue;
    }
    const read = readSetting(setting, name, machine);
    if ("problem" in read) {
      problems.push(read.problem);
      continue;
    }
    warnings.push(...read.warnings);
    const places = read.values.map(() => describeOrigin(setting.origin));
    const adds = optionOf(name).repeat === true;
    given.set(name, adds ? [...(given.get(name) ?? []), ...read.values] : read.values);
    origins.set(name, adds ? [...(origins.get(name) ?? []), ...places] : places);
  }

  const values = new Map<OptionName, unknown>();
  for (const name of optionNames) {
    const option = optionOf(name);
    const fallback = option.default === undefined ? [] : [option.type.parse(option.default, machine)];
    const list = given.get(name) ?? fallback;
    values.set(name, option.repeat ? list : list.at(-1));
  }
  return { values, given: new Set(given.keys()), origins, problems, warnings };
}

/** Files in other languages, which it would be wrong to leave out in silence. */
const otherConfigurations = new Set(["yaml", "yml", "json", "js", "xml", "xmlconfig", "config"]);

function judgeUnknown(setting: Setting, problems: string[], warnings: string[]): void {
  const fromArgument = "argument" in setting.origin;
  const name = fromArgument ? setting.origin.argument : setting.name;
  const at = fromArgument ? "" : `${describeOrigin(setting.origin)}: `;
  if (otherConfigurations.has(setting.name)) {
    problems.push(`${at}Cannot read ${setting.name} files: expected an ini file`);
  } else if (isUwsgiName(setting.name)) {
    warnings.push(`${at}${name} is a uWSGI option that Portico does not need or have: ignored`);
  } else {
    const nearest = nearestName(setting.name);
    const advice =
      nearest !== undefined
        ? `: did you mean ${fromArgument ? "--" : ""}${nearest}?`
        : fromArgument
          ? ""
          : `: a variable of your own is one that some %(${setting.name}) refers to`;
    problems.push(`${at}Unknown option ${name}${advice}`);
  }
}

type Read = { readonly values: unknown[]; readonly warnings: string[] } | { readonly problem: string };

function readSetting(setting: Setting, name: OptionName, machine: Machine): Read {
  const option = optionOf(name);
  const at = describeOrigin(setting.origin);
  if (setting.unresolved !== undefined) {
    return { problem: `${at}: Cannot set ${name}: ${setting.unresolved.join(", ")}: got "${setting.value}"` };
  }
  const warnings: string[] = [];
  let text = setting.value;
  const comment = /\s+[#;].*$/.exec(text)?.[0];
  if (comment !== undefined && option.type.ignoresComment) text = text.slice(0, -comment.length);
  else if (comment !== undefined && "file" in setting.origin) {
    warnings.push(
      `${at}: "${comment.trim()}" is part of the value of ${name}: comments stand on lines of their own`,
    );
  }
  if (setting.bare || text === "") text = option.type.bare ?? "";

  const values: unknown[] = [];
  for (const part of partsOf(text, option)) {
    const value = option.type.parse(part, machine);
    if (value === undefined) {
      const got = part === "" ? "nothing" : `"${part}"`;
      return { problem: `${at}: Cannot set ${name}: expected ${option.type.wanted}: got ${got}` };
    }
    values.push(value);
  }
  return { values, warnings };
}

function partsOf(text: string, option: Option<unknown>): string[] {
  return option.separator === undefined ? [text] : text.split(option.separator).map((part) => part.trim());
}
