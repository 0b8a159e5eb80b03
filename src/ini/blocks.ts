import { resolve } from "node:path";
import { type IniContext, kindOf } from "./context.ts";
import { IniError } from "./ini-error.ts";
import type { Setting } from "./setting.ts";

/** A block of settings that stands between its opening setting and `endif` or `endfor`. */
export interface Block {
  readonly opener: Setting;
  readonly body: readonly Setting[];
}

/** An opener's name in its plain form, or undefined where it opens no block. */
function plainOpener(name: string): string | undefined {
  const plain = aliases.get(name) ?? name;
  return plain === "for" || plain.startsWith("for-") || plain.startsWith("if-") ? plain : undefined;
}

const aliases = new Map([
  ["ifenv", "if-env"],
  ["ifexists", "if-exists"],
  ["ifdir", "if-dir"],
  ["if-directory", "if-dir"],
]);
const closers = new Map([
  ["endif", "if"],
  ["end-if", "if"],
  ["endfor", "for"],
  ["end-for", "for"],
]);

/**
 * Finds the if and for blocks of a section (uWSGI documentation, "Configuration logic").
 *
 * @throws IniError for a block inside another, which uWSGI refuses too, and for one without its end
 */
export function splitBlocks(settings: readonly Setting[]): (Setting | Block)[] {
  const parts: (Setting | Block)[] = [];
  let open: { opener: Setting; body: Setting[] } | undefined;

  for (const setting of settings) {
    const opens = plainOpener(setting.name) !== undefined;
    const closes = closers.get(setting.name);
    if (opens && open !== undefined) {
      throw new IniError(
        setting.origin,
        `Cannot begin ${setting.name} within ${open.opener.name}: blocks do not nest`,
      );
    }
    if (opens) {
      open = { opener: setting, body: [] };
    } else if (closes !== undefined) {
      if (open === undefined || !plainOpener(open.opener.name)!.startsWith(closes)) {
        throw new IniError(
          setting.origin,
          `Cannot end a block here: no ${closes} stands before ${setting.name}`,
        );
      }
      parts.push(open);
      open = undefined;
    } else {
      (open?.body ?? parts).push(setting);
    }
  }
  if (open !== undefined) {
    const end = plainOpener(open.opener.name)!.startsWith("if") ? "endif" : "endfor";
    throw new IniError(open.opener.origin, `Cannot find the end of ${open.opener.name}: expected ${end}`);
  }
  return parts;
}

/**
 * The values for which a block's body counts, each of which `%(_)` stands for in turn: none where a
 * condition is false.
 *
 * @param value the opener's value with its placeholders replaced
 * @throws IniError for a kind of block that Portico does not have
 */
export function blockValues(opener: Setting, value: string, context: IniContext): readonly string[] {
  const name = plainOpener(opener.name)!;
  if (name === "for") return value.split(/\s+/).filter((word) => word !== "");
  if (name === "for-times" && /^\d+$/.test(value)) {
    return Array.from({ length: Number(value) }, (_, index) => String(index + 1));
  }
  const negated = name.startsWith("if-not-");
  const condition = conditions[name.replace(/^if-(not-)?/, "")];
  if (name.startsWith("for-") || condition === undefined) {
    throw new IniError(
      opener.origin,
      `Cannot use ${opener.name}: expected for, for-times, or if-env, if-exists, if-file, if-dir, if-hostname and their if-not- forms`,
    );
  }
  const found = condition(value, context);
  if (negated) return found === undefined ? [value] : [];
  return found === undefined ? [] : [found];
}

/** `setting` as it stands in a block's body, with `%(_)` replaced. */
export function withBlockValue(setting: Setting, value: string): Setting {
  const replaced = setting.value.replace(/%\(([^()]*)\)/g, (text, expression: string) => {
    if (expression.trim() === "_") return value;
    const tokens = expression.split(/\s+/);
    return tokens.includes("_")
      ? `%(${tokens.map((token) => (token === "_" ? value : token)).join(" ")})`
      : text;
  });
  return { ...setting, value: replaced };
}

const conditions: Readonly<Record<string, (value: string, context: IniContext) => string | undefined>> = {
  env: (value, context) => context.env[value],
  exists: (value, context) =>
    kindOf(resolve(context.cwd, value), context) === undefined ? undefined : value,
  file: (value, context) => (kindOf(resolve(context.cwd, value), context) === "file" ? value : undefined),
  dir: (value, context) => (kindOf(resolve(context.cwd, value), context) === "directory" ? value : undefined),
  hostname: (value, context) => (value === context.hostname ? value : undefined),
};
