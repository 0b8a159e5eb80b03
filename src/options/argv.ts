import type { Setting } from "../ini/setting.ts";
import { findFlag, findOption, isUwsgiName } from "./names.ts";
import type { Machine } from "./option-type.ts";
import { optionOf } from "./table.ts";

/** What a command line says, as settings in its order. */
export interface ParsedArgv {
  readonly settings: readonly Setting[];
  /** For people, one line each. */
  readonly problems: readonly string[];
}

const iniFile = /\.ini(:[^/:]*)?$/;
const moduleFile = /\.([cm]?[jt]sx?|py)(:[\w.]+)?$/;

/**
 * Reads a command line in uWSGI's style: `--name value`, `--name=value`, `--name`, `-p 4`, `-p4`, `-ML`; an
 * ini file (`hello.ini`, `hello.ini:dev`) or a module's file (`hello.ts`, `hello.ts:app`) by itself.
 */
export function parseArgv(argv: readonly string[], machine: Machine): ParsedArgv {
  const settings: Setting[] = [];
  const problems: string[] = [];
  let index = 0;

  function add(name: string, argument: string, value: string | undefined): void {
    settings.push({
      name,
      value: value ?? "true",
      origin: { argument },
      ...(value === undefined && { bare: true }),
    });
  }

  /** The value in the next argument, if the option called `name` takes it. */
  function nextValue(name: string): string | undefined {
    const next = argv[index];
    if (next === undefined) return undefined;
    const option = findOption(name);
    let takes: boolean;
    if (option !== undefined) {
      const { type } = optionOf(option);
      // One that may stand bare takes only what is a value of it, so that `--vacuum hello.ini` has two parts.
      takes = type.bare === undefined ? !next.startsWith("--") : type.parse(next, machine) !== undefined;
    } else {
      // Of other options it is not known here whether they take a value.
      takes = !next.startsWith("-") && !(isUwsgiName(name) && isFile(next));
    }
    if (takes) index++;
    return takes ? next : undefined;
  }

  function long(argument: string): void {
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals < 0 ? undefined : equals);
    add(name, `--${name}`, equals < 0 ? nextValue(name) : argument.slice(equals + 1));
  }

  function short(argument: string): void {
    for (let at = 1; at < argument.length; at++) {
      const letter = argument[at]!;
      const name = letter === "S" ? "set" : findFlag(letter);
      if (name === undefined) {
        problems.push(`Unknown option -${letter}`);
        return;
      }
      const attached = argument.slice(at + 1);
      const bare = name === "set" ? undefined : optionOf(name).type.bare;
      if (bare !== undefined && attached !== "" && !/^[=\d]/.test(attached)) {
        add(name, `-${letter}`, undefined);
        continue;
      }
      add(name, `-${letter}`, attached === "" ? nextValue(name) : attached.replace(/^=/, ""));
      return;
    }
  }

  while (index < argv.length) {
    const argument = argv[index++]!;
    if (argument.startsWith("--")) long(argument);
    else if (argument.startsWith("-") && argument.length > 1) short(argument);
    else if (iniFile.test(argument)) add("ini", argument, argument);
    else if (moduleFile.test(argument)) add("module", argument, argument);
    else {
      problems.push(
        `Cannot use the argument "${argument}": expected an option, an ini file (hello.ini) or a module's file (hello.ts)`,
      );
    }
  }
  return { settings, problems };
}

function isFile(argument: string): boolean {
  return iniFile.test(argument) || moduleFile.test(argument);
}
