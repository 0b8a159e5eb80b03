import type { OptionType } from "./option-type.ts";

/** An option as it is declared, once; `T` is what one value of it becomes. */
export interface Option<T> {
  readonly type: OptionType<T>;
  /** Further names, the same in ini file, command line and environment. */
  readonly aliases?: readonly string[];
  /** The letter after one dash. */
  readonly flag?: string;
  /** As text, read by the type like any other; none: undefined, or an empty list. */
  readonly default?: string;
  /** Whether it may be given several times; its value is a list then. */
  readonly repeat?: true;
  /** What separates several values in one setting. */
  readonly separator?: ",";
  /** The path, or the unix socket, is relative to this; the value in the config is absolute. */
  readonly relativeTo?: "chdir" | "cwd";
  /** When a changed value takes effect. */
  readonly effect: "reload" | "restart";
  readonly group: Group;
  /** One line for help and reference page, in Markdown. */
  readonly text: string;
  /** A value for the reference page. */
  readonly example: string;
}

/** The groups of options in the order in which help and reference page show them. */
export const groups = [
  "App",
  "Static files",
  "Listeners",
  "Workers",
  "Requests",
  "Python",
  "Process",
  "Logging",
] as const;
export type Group = (typeof groups)[number];

/** The value an option has in the config. */
export type ValueOf<O> = O extends { readonly type: OptionType<infer T> }
  ? O extends { readonly repeat: true }
    ? readonly T[]
    : O extends { readonly default: string }
      ? T
      : T | undefined
  : never;

/** "http-socket" → "httpSocket" */
export type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

export function camelCase<Name extends string>(name: Name): CamelCase<Name> {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}
