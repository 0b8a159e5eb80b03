import { resolve } from "node:path";
import { calculate } from "./arithmetic.ts";
import { errorCode, type IniContext } from "./context.ts";
import type { Setting } from "./setting.ts";

/** The settings with everything replaced, and the names that some `%(name)` refers to. */
export interface Resolved {
  readonly settings: readonly Setting[];
  readonly referenced: ReadonlySet<string>;
}

/**
 * Replaces, in this order as uWSGI does: `$(NAME)` by an environment variable (`$(NAME:-default)` where it
 * is unset or empty, `$(NAME-default)` where it is unset), `@(file)` by a file's text, `%(name)` by the value
 * of another setting, the first of that name, wherever it stands, or by a sum. `set`, `set-ph` and
 * `set-placeholder` become the setting they hold.
 *
 * What cannot be replaced stays as it is and is told in `unresolved`: it matters only to options that are
 * used. (uWSGI leaves it as well, and would create a socket that is called `$(SOCKET)`.)
 *
 * @param scope further settings that `%(name)` may refer to
 */
export function resolvePlaceholders(
  raw: readonly Setting[],
  context: IniContext,
  scope: readonly Setting[] = [],
): Resolved {
  const settings = raw.map(unwrapSet);
  const definitions = new Map<string, Setting>();
  for (const setting of [...settings, ...scope]) {
    if (!definitions.has(setting.name)) definitions.set(setting.name, setting);
  }
  const referenced = new Set<string>();

  function expand(setting: Setting, within: readonly string[]): { value: string; problems: string[] } {
    const problems = [...(setting.unresolved ?? [])];
    const lookup = (name: string): string | undefined => {
      referenced.add(name);
      const definition = definitions.get(name);
      if (definition === undefined) return undefined;
      if (within.includes(name)) {
        problems.push(`%(${name}) refers to itself`);
        return `%(${name})`;
      }
      const inner = expand(definition, [...within, name]);
      problems.push(...inner.problems);
      return inner.value;
    };
    const value = expandFiles(expandEnvironment(setting.value, context, problems), context, problems).replace(
      /%\(([^()]*)\)/g,
      (text, expression: string) => {
        const result = calculate(expression, lookup);
        if ("value" in result) return result.value;
        problems.push(result.problem);
        return text;
      },
    );
    return { value, problems };
  }

  return {
    settings: settings.map((setting) => {
      const { value, problems } = expand(setting, []);
      const { unresolved: _, ...rest } = setting;
      return { ...rest, value, ...(problems.length > 0 && { unresolved: [...new Set(problems)] }) };
    }),
    referenced,
  };
}

function expandEnvironment(value: string, context: IniContext, problems: string[]): string {
  return value.replace(
    /\$\((\w+)(?:(:?-)([^)]*))?\)/g,
    (text, name: string, operator?: string, fallback?: string) => {
      const found = context.env[name];
      if (found !== undefined && !(operator === ":-" && found === "")) return found;
      if (fallback !== undefined) return fallback;
      problems.push(`${text} is not set in the environment`);
      return text;
    },
  );
}

function expandFiles(value: string, context: IniContext, problems: string[]): string {
  return value.replace(/@\(([^)]+)\)/g, (text, file: string) => {
    try {
      return context.readFile(resolve(context.cwd, file)).trimEnd();
    } catch (error) {
      problems.push(`${text} cannot be read: ${errorCode(error) ?? error}`);
      return text;
    }
  });
}

/** `set-placeholder = name = value` defines a variable; plain `set` may set an option as well. */
function unwrapSet(setting: Setting): Setting {
  if (!/^set(-ph|-placeholder)?$/.test(setting.name)) return setting;
  const equals = setting.value.indexOf("=");
  if (equals < 0) return setting;
  return {
    ...setting,
    name: setting.value.slice(0, equals).trim(),
    value: setting.value.slice(equals + 1).trim(),
    ...(setting.name !== "set" && { variable: true }),
  };
}
