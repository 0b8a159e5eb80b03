import { resolve } from "node:path";
import type { Address } from "./address.ts";
import { type OptionName, optionNames, optionOf } from "./table.ts";

/**
 * Makes every path absolute. uWSGI changes to `chdir` after it has opened its log and written its pid file
 * and before it binds its sockets (tried with 2.0.21), so `pidfile`, `daemonize` and `logto` are relative to
 * the directory it was started in, and `socket`, `static-map` and `touch-reload` to `chdir`. `chdir` itself
 * and ini files are relative to the directory it was started in, wherever the ini file lies.
 */
export function resolvePaths(
  values: ReadonlyMap<OptionName, unknown>,
  cwd: string,
): ReadonlyMap<OptionName, unknown> {
  const chdir = resolve(cwd, String(values.get("chdir")));
  const resolved = new Map(values);
  for (const name of optionNames) {
    const { relativeTo, type } = optionOf(name);
    if (relativeTo === undefined) continue;
    const base = relativeTo === "cwd" ? cwd : chdir;
    const value = values.get(name);
    const one = (each: unknown): unknown => type.absolute?.(each, base) ?? absolute(each, base);
    resolved.set(name, Array.isArray(value) ? value.map(one) : one(value));
  }
  return resolved;
}

/** A path, an address or a pair whose second half is a path; anything else stays. */
function absolute(value: unknown, base: string): unknown {
  if (typeof value === "string") return resolve(base, value);
  if (Array.isArray(value)) return [value[0], resolve(base, String(value[1]))];
  return isAddress(value) && value.kind === "unix" && !value.path.startsWith("\0")
    ? { ...value, path: resolve(base, value.path) }
    : value;
}

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "kind" in value;
}
