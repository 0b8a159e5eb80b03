import { basename, extname, resolve } from "node:path";
import type { IniContext } from "../ini/context.ts";
import { IniError } from "../ini/ini-error.ts";
import { type LoadedIni, loadIni, splitTarget } from "../ini/load.ts";
import { resolvePlaceholders } from "../ini/placeholders.ts";
import type { Setting } from "../ini/setting.ts";
import { parseArgv } from "./argv.ts";
import { parseEnvironment } from "./environment.ts";
import { findOption } from "./names.ts";
import { type CamelCase, camelCase, type ValueOf } from "./option.ts";
import { resolvePaths } from "./paths.ts";
import type { SiteListener } from "./site-listener.ts";
import { type OptionKey, type OptionName, optionNames, optionOf, type table } from "./table.ts";
import { readValues } from "./values.ts";

/** The value of every option, under its name in camel case. Paths are absolute. */
type OptionValues = {
  readonly [Name in OptionName as CamelCase<Name>]: ValueOf<(typeof table)[Name]>;
};

/** The resolved whole: what an instance of Portico is to do. */
export type Config = OptionValues & {
  /** The instance's name: that of its first ini file or of its module, without directory and extension. */
  readonly name: string;
  /** The absolute path of the first ini file. */
  readonly file: string | undefined;
  /** The settings of the ini files' [nginx] sections, untyped. */
  readonly siteSettings: readonly Setting[];
  /** Where it listens besides because `[nginx]` says so (src/cli/own-site.ts). */
  readonly siteListeners: readonly SiteListener[];
  /** For people, one line each. */
  readonly warnings: readonly string[];
  /** The options that were given, and not left at their defaults. */
  readonly explicit: ReadonlySet<OptionKey>;
  /** Where each value of an option was given, "hello.ini:4", in the order of the values. */
  readonly origins: ReadonlyMap<OptionName, readonly string[]>;
};

/** All that a config depends on beside the command line. */
export type Environment = IniContext;

/** A configuration that cannot be used. Its message has a line for each problem and is for people. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options);
    this.problems = problems;
  }
}

/**
 * Reads command line, ini files and environment. What the command line says counts more than what an ini
 * file says, and that more than the environment; options that repeat add up. (In uWSGI an ini file counts
 * more than the arguments before it, and one without --ini more than all of them, which surprises.)
 *
 * @throws ConfigError with all problems found
 */
export function loadConfig(argv: readonly string[], environment: Environment): Config {
  const fromEnvironment = parseEnvironment(environment.env);
  const fromArgv = parseArgv(argv, environment);
  const problems = [...fromArgv.problems];

  const targets = [...fromEnvironment.settings, ...fromArgv.settings].filter(isIni).map(({ value }) => value);
  const inis: LoadedIni[] = [];
  for (const target of targets) {
    try {
      inis.push(loadIni(target, environment));
    } catch (error) {
      if (!(error instanceof IniError)) throw error;
      problems.push(error.message);
    }
  }

  const all = [...fromEnvironment.settings, ...inis.flatMap((ini) => ini.settings), ...fromArgv.settings];
  const { settings, referenced } = resolvePlaceholders(all, environment);
  const nginx = resolvePlaceholders(
    inis.flatMap((ini) => ini.nginx),
    environment,
    all,
  );
  const read = readValues(settings, new Set([...referenced, ...nginx.referenced]), environment);
  problems.push(...read.problems);
  if (problems.length > 0) throw new ConfigError(problems);

  const options = withCamelCase(resolvePaths(read.values, environment.cwd));
  const bound = [options.socket, options.httpSocket, options.httpsSocket, options.fastcgiSocket].some(
    (list) => list.length > 0,
  );
  const file = inis[0]?.file;
  return {
    ...options,
    ...(!bound && { httpSocket: [{ kind: "tcp", host: "", port: 5000 }] }),
    ...(options.module !== undefined && {
      module: moduleFrom(options.module, fromArgv.settings, options.chdir, environment.cwd),
    }),
    name: instanceName(file, options.module),
    file: file === undefined ? undefined : resolve(environment.cwd, file),
    siteSettings: nginx.settings,
    siteListeners: [],
    warnings: [
      ...fromEnvironment.warnings,
      ...inis.flatMap((ini) => ini.warnings),
      ...read.warnings,
      ...pluginWarnings(options.plugin),
    ],
    explicit: new Set([...read.given].map(camelCase)),
    origins: read.origins,
  };
}

/** The names of the options that differ and that a reload does not apply. */
export function restartNeeded(before: Config, after: Config): OptionName[] {
  // What an import of node:util loads besides is 0.1 MB of a master.
  const { isDeepStrictEqual } = process.getBuiltinModule("node:util");
  return optionNames.filter((name) => {
    const key = camelCase(name);
    const { effect, type } = optionOf(name);
    const { fixed } = type;
    const part = (value: unknown): unknown =>
      fixed && Array.isArray(value) ? value.map((one) => fixed(one)) : value;
    return effect === "restart" && !isDeepStrictEqual(part(before[key]), part(after[key]));
  });
}

function isIni(setting: Setting): boolean {
  return findOption(setting.name) === "ini" && !setting.bare;
}

/** The values are of the types that the table declares: `readValues` made them by its types. */
function withCamelCase(values: ReadonlyMap<OptionName, unknown>): OptionValues {
  return Object.fromEntries([...values].map(([name, value]) => [camelCase(name), value])) as OptionValues;
}

/** A module's file that stands on the command line by itself is where the shell says, whatever `chdir` is. */
function moduleFrom(module: string, settings: readonly Setting[], chdir: string, cwd: string): string {
  const alone = settings.some(
    ({ value, origin }) => value === module && "argument" in origin && origin.argument === module,
  );
  return alone && chdir !== cwd ? resolve(cwd, module) : module;
}

function instanceName(file: string | undefined, module: string | undefined): string {
  if (file !== undefined) return basename(file, extname(file));
  if (module === undefined) return "portico";
  const { file: path } = splitTarget(module);
  const base = basename(path);
  if (/\.([cm]?[jt]sx?|py)$/.test(base)) return basename(base, extname(base));
  return path.includes("/") ? base : base.slice(base.lastIndexOf(".") + 1);
}

function pluginWarnings(plugins: readonly string[]): string[] {
  return plugins
    .filter((plugin) => !/^(node|python[\d.]*)$/.test(plugin))
    .map((plugin) => `Portico has no plugin ${plugin}: ignored`);
}
