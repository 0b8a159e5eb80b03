import { realpathSync } from "node:fs";
import { sep } from "node:path";

/** A file or a directory of static files that the app's framework names. */
export interface FoundStatic {
  /** Starts with a slash and ends without one. */
  readonly prefix: string;
  /** Absolute, without a slash at its end. */
  readonly path: string;
  /** One file rather than a directory. */
  readonly file: boolean;
  /** Whether the framework puts a hash of the content into names. */
  readonly hashed: boolean;
  /** Whether source maps lie in it, which are left to the app. */
  readonly withoutMaps?: true;
  /** Who names it: "STATIC_ROOT of mysite.settings". */
  readonly from: string;
}

/** A sentence about what was found, or why nothing was. */
export interface Word {
  readonly text: string;
  /** In a comment of the site, on stderr, or both. What is over as soon as somebody acts is no comment. */
  readonly where: "site" | "stderr" | "both";
  /** The path that it is about: where the ini says what is there, it is of no use. */
  readonly prefix?: string | undefined;
}

/** What was found in an app for NGINX to serve, and what there is to say about it. */
export interface Found {
  readonly statics: readonly FoundStatic[];
  readonly words: readonly Word[];
}

export const NOTHING_FOUND: Found = { statics: [], words: [] };

/** Whether `[nginx]` has files looked for in the app: it does not say `static = off`. */
export function looksInApp(settings: readonly { readonly name: string; readonly value: string }[]): boolean {
  return !settings.some(({ name, value }) => name === "static" && isOff(value));
}

/** `static = off` */
export function isOff(value: string): boolean {
  return value.trim() === "off";
}

/** A URL's path that can stand for a location as it is; undefined: it cannot. `/static/` is "/static". */
export function plainPrefix(url: string): string | undefined {
  const prefix = url.replace(/\/+$/, "");
  return /^(?:\/[\w~@+-][\w.~@+-]*)+$/.test(prefix) ? prefix : undefined;
}

/**
 * Whether files that nobody may have lie in a directory: the app's sources and settings. Links are followed.
 * @param sources absolute; those that are not there do not count
 */
export function holds(directory: string, sources: readonly string[]): boolean {
  const real = realPath(directory);
  return sources.some((source) => {
    const file = realPath(source);
    return file === real || file.startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
  });
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
