/** A setting: raw text with its origin, before any option gives it a type. */
export interface Setting {
  readonly name: string;
  /** The text after `=`, trimmed; "true" for a bare name. */
  readonly value: string;
  readonly origin: Origin;
  /** Written without a value. */
  readonly bare?: true;
  /** What in the value could not be replaced, for people: `$(PORT) is not set in the environment`. */
  readonly unresolved?: readonly string[];
  /** Set with `set-placeholder`: a variable of the user's own, whatever its name. */
  readonly variable?: true;
}

/** Where a setting was written: a line of a file (from 1), a command line argument, an environment variable. */
export type Origin =
  | { readonly file: string; readonly line: number }
  | { readonly argument: string }
  | { readonly environment: string };

/** "hello.ini:4", "--processes" or "PORTICO_PROCESSES": what a message about the setting begins with. */
export function describeOrigin(origin: Origin): string {
  if ("file" in origin) return `${origin.file}:${origin.line}`;
  return "argument" in origin ? origin.argument : origin.environment;
}
