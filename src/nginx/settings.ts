import path from "node:path";
import { nearest } from "./nearest.ts";
import { originPrefix, SiteError } from "./site-error.ts";

/** A setting of the ini's `[nginx]` section, as text with its origin, `{ file, line }`. */
export interface NginxSetting {
  readonly name: string;
  readonly value: string;
  readonly origin: unknown;
}

/** A URL prefix that NGINX serves from disk. */
export interface StaticPath {
  /** Starts with a slash and ends without one; "" stands for everything. */
  readonly prefix: string;
  /** Absolute, without a slash at its end. */
  readonly path: string;
  /** One file rather than a directory. */
  readonly file: boolean;
}

/** What `[nginx]` says; undefined and empty: nothing was said. */
export interface NginxSettings {
  /** The words of each `listen`, the address first. */
  listen: string[][];
  ipv6: boolean;
  serverNames: string[];
  clientMaxBodySize: string | undefined;
  timeout: string | undefined;
  statics: StaticPath[];
  /** Absolute; may be glob patterns. */
  includes: string[];
}

interface Declaration {
  /** One line for the reference page. */
  readonly text: string;
  read(value: string, into: NginxSettings, chdir: string): void;
}

/** The settings of `[nginx]`, each declared once. `read` throws an Error that says what was wanted. */
export const NGINX_SETTINGS: Readonly<Record<string, Declaration>> = {
  listen: {
    text: "Where NGINX listens, in its own words; may be repeated. A bare port listens on IPv4 and IPv6. Default: 5000 default_server.",
    read: (value, into) => into.listen.push(readListen(value)),
  },
  ipv6: {
    text: "Whether a bare port listens on IPv6 too. Default: true.",
    read: (value, into) => {
      into.ipv6 = readBoolean(value);
    },
  },
  "server-name": {
    text: "The names the site answers to, with spaces between them; may be repeated. Default: _ (any).",
    read: (value, into) => into.serverNames.push(...readServerNames(value)),
  },
  "client-max-body-size": {
    text: "The largest request body, with k, m or g; 0: no limit. Default: limit-post where it is set, else 100m.",
    read: (value, into) => {
      if (!/^\d+[kKmMgG]?$/.test(value))
        throw wanted("a size such as 512k, 20m or 1g, or 0 for no limit", value);
      into.clientMaxBodySize = value.toLowerCase();
    },
  },
  timeout: {
    text: "How long NGINX waits for the app to say or take something. Default: harakiri and 5 seconds where it is set, else 60s.",
    read: (value, into) => {
      if (!/^\d+(?:ms|s|m|h)?$/.test(value) || Number.parseInt(value, 10) === 0)
        throw wanted("a time such as 60s, 5m or 1h", value);
      into.timeout = /\d$/.test(value) ? `${value}s` : value;
    },
  },
  static: {
    text: "/prefix = path: files that NGINX serves by itself, what is not there goes to the app; may be repeated.",
    read: (value, into, chdir) => {
      const cut = value.indexOf("=");
      if (cut < 0) throw wanted("/prefix = path", value);
      const found = readStatic(value.slice(0, cut).trim(), value.slice(cut + 1).trim(), chdir);
      if (into.statics.some(({ prefix }) => prefix === found.prefix)) throw wanted("each prefix once", value);
      into.statics.push(found);
    },
  },
  include: {
    text: "A file of NGINX directives to take into the server block; may be repeated.",
    read: (value, into, chdir) => into.includes.push(includePattern(value, chdir)),
  },
};

/**
 * Reads the section. Relative paths are taken from `chdir`.
 * @throws SiteError for a setting that does not exist or whose value cannot stand in a site file.
 */
export function readSettings(settings: readonly NginxSetting[], chdir: string): NginxSettings {
  const into: NginxSettings = {
    listen: [],
    ipv6: true,
    serverNames: [],
    clientMaxBodySize: undefined,
    timeout: undefined,
    statics: [],
    includes: [],
  };
  for (const { name, value, origin } of settings) {
    const declaration = Object.hasOwn(NGINX_SETTINGS, name) ? NGINX_SETTINGS[name] : undefined;
    if (declaration === undefined) {
      const near = nearest(name, Object.keys(NGINX_SETTINGS));
      const hint =
        near === undefined ? `known are ${Object.keys(NGINX_SETTINGS).join(", ")}` : `did you mean ${near}?`;
      throw new SiteError(`${originPrefix(origin)}Unknown setting "${name}" in [nginx]: ${hint}`);
    }
    try {
      refuseControlCharacters(value);
      declaration.read(value.trim(), into, chdir);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SiteError(`${originPrefix(origin)}Cannot set ${name}: ${reason}`, { cause: error });
    }
  }
  return into;
}

/**
 * A prefix and a path as a StaticPath. It is one file where prefix and path end alike in an
 * extension: `/favicon.ico = public/favicon.ico`.
 */
export function readStatic(prefix: string, file: string, chdir: string): StaticPath {
  if (!prefix.startsWith("/") || file === "") throw wanted("/prefix = path", `${prefix} = ${file}`);
  refuseControlCharacters(prefix + file);
  const absolute = path.resolve(chdir, file);
  // `alias` and `root` expand variables, and NGINX has no way to write a plain `$`.
  if (absolute.includes("$")) throw wanted("a path without $, which NGINX would expand", absolute);
  const extension = path.posix.extname(prefix);
  return {
    prefix: prefix.replace(/\/+$/, ""),
    path: absolute === "/" ? "" : absolute,
    file: extension !== "" && extension === path.extname(absolute),
  };
}

function readListen(value: string): string[] {
  const [first = "", ...flags] = value.split(/\s+/);
  const port = /^(?::|(?:\*|[\w.-]+|\[[\da-fA-F:.]+\]):)?(\d+)$/.exec(first)?.[1];
  const named = /^(?:[A-Za-z\d][\w.-]*|\[[\da-fA-F:.]+\]|unix:\/[^$;{}"'\\]+)$/.test(first);
  const fits = port === undefined ? named : Number(port) >= 1 && Number(port) <= 65535;
  const bad = flags.find((flag) => !/^[a-z][a-z\d_]*(?:=[\w.:%+-]+)?$/.test(flag));
  if (!fits || bad !== undefined)
    throw wanted("what NGINX's listen takes, such as 80, 5000 default_server or 127.0.0.1:8080", value);
  // uWSGI writes ":5000" where NGINX writes "5000".
  return [first.replace(/^:/, ""), ...flags];
}

function readServerNames(value: string): string[] {
  const names = value.split(/\s+/);
  // A name starting with ~ is a regular expression, and is quoted when it is printed.
  const bad = names.find((name) => !/^(?:~\S+|[\w.*\-[\]:]+)$/.test(name));
  if (bad !== undefined) throw wanted("host names, such as example.com *.example.com", value);
  return names;
}

function readBoolean(value: string): boolean {
  if (/^(?:true|1|yes|on)$/i.test(value)) return true;
  if (/^(?:false|0|no|off)$/i.test(value)) return false;
  throw wanted("true or false", value);
}

/** The setting may be a glob pattern on purpose; the directory it is taken from is not. */
function includePattern(value: string, chdir: string): string {
  if (value === "") throw wanted("a file", value);
  if (path.isAbsolute(value)) return path.normalize(value);
  const pattern = /[*?[]/;
  const base = pattern.test(value) || pattern.test(chdir) ? chdir.replace(/[*?[\\]/g, "\\$&") : chdir;
  return path.join(base, value);
}

function refuseControlCharacters(value: string): void {
  if (/[\x00-\x1f\x7f]/.test(value)) throw wanted("one line of plain text", value);
}

function wanted(what: string, value: string): Error {
  return new Error(`expected ${what}: got ${JSON.stringify(value)}`);
}
