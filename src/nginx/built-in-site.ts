import { readBodySize } from "./features/body-size.ts";
import { readPage, readRetryAfter, USUAL_RETRY_AFTER } from "./features/maintenance.ts";
import { type Added, presetHeaders, readAdded, readPreset } from "./features/security-headers.ts";
import { readDirect, readStaticLine, readStaticMap, withStaticMap } from "./features/static-files.ts";
import { readHsts } from "./features/tls.ts";
import { readUsualFile } from "./features/usual-files.ts";
import { isOff } from "./found/found.ts";
import { readBoolean, scoped } from "./setting-values.ts";
import type { NginxSetting, StaticPath } from "./site-input.ts";
import { HASHED } from "./static-lines.ts";

/** What of a site is given beside saying who may come in, as Portico's own listeners give it. */
export interface BuiltInSite {
  /** undefined: nothing is said of files. */
  readonly files: BuiltInFiles | undefined;
  /** Of answers, where the app does not say them; "": one that is taken off again. */
  readonly headers: readonly Added[];
  /** Strict-Transport-Security, for those who come by https. */
  readonly hsts: string | undefined;
  /** 0: no limit. */
  readonly bodySizes: readonly { readonly path: string; readonly bytes: number }[];
  readonly requestId: boolean;
  /** An absolute path; undefined: a plain page. */
  readonly maintenancePage: string | undefined;
  /** Seconds. */
  readonly retryAfter: number;
}

export interface BuiltInFiles {
  readonly folders: readonly (StaticPath & { readonly mapped?: true })[];
  /** Paths that are the app's, or other apps', whatever is on disk. */
  readonly direct: readonly { readonly path: string; readonly anyCase: boolean }[];
  readonly hashed: readonly string[];
  readonly favicon: string | undefined;
  readonly robots: string | undefined;
}

export interface BuiltInInput {
  readonly chdir: string;
  readonly staticMap: readonly (readonly [string, string])[];
  /** Prefixes of apps with workers of their own. */
  readonly mounts: readonly string[];
}

/** The settings that it keeps. */
export const SITE_SETTINGS = [
  ...["static", "app", "favicon", "robots", "headers", "add-header", "hsts", "client-max-body-size"],
  ...["request-id", "maintenance-page", "retry-after"],
] as const;

/** Settings, one after another, that are known to be right. */
export function builtInSite(settings: readonly NginxSetting[], input: BuiltInInput): BuiltInSite {
  const all = (name: string): string[] =>
    settings.filter((setting) => setting.name === name).map(({ value }) => value.trim());
  const last = (name: string): string | undefined => all(name).at(-1);
  const presets = new Map(all("headers").map((value) => [readPreset(value).path, readPreset(value).preset]));
  const hsts = last("hsts");
  const page = last("maintenance-page");
  const again = last("retry-after");
  return {
    files: builtInFiles(all, settings, input),
    headers: [
      ...[...presets].flatMap(([path, preset]) => presetHeaders(path, preset)),
      ...all("add-header").map(readAdded),
    ],
    hsts: hsts === undefined ? undefined : readHsts(hsts),
    bodySizes: all("client-max-body-size").map((value) => {
      const { path, size } = readBodySize(value);
      return { path, bytes: bytesOf(size) };
    }),
    requestId: readBoolean(last("request-id") ?? "false"),
    maintenancePage: page === undefined ? undefined : readPage(page, input.chdir),
    retryAfter: again === undefined ? USUAL_RETRY_AFTER : readRetryAfter(again),
  };
}

/** Settings that have a location of their own for their path, which knows no case. */
const SCOPED = new Set([
  ...["throttle", "connections", "auth", "access", "satisfy", "headers", "add-header", "cache", "timeout"],
  ...["client-max-body-size", "buffering"],
]);

function builtInFiles(
  all: (name: string) => string[],
  settings: readonly NginxSetting[],
  { chdir, staticMap, mounts }: BuiltInInput,
): BuiltInFiles | undefined {
  const [favicon, robots] = ["favicon", "robots"].map((name) => all(name).at(-1));
  const statics = all("static")
    .filter((value) => !isOff(value))
    .map((value) => readStaticLine(value, chdir));
  if (statics.length === 0 && favicon === undefined && robots === undefined) return undefined;
  const mapped =
    statics.length === 0
      ? []
      : readStaticMap({ staticMap, chdir }).map((path) => ({ ...path, mapped: true as const }));
  const others = [...mounts, ...all("app").flatMap(readDirect)];
  const scopes = settings
    .filter(({ name }) => SCOPED.has(name))
    .map(({ value }) => scoped(value.trim()).path)
    .filter((path) => others.some((other) => path === other || path.startsWith(`${other}/`)));
  return {
    folders: withStaticMap(statics, mapped),
    direct: [
      ...others.map((path) => ({ path, anyCase: false })),
      ...scopes.map((path) => ({ path, anyCase: true })),
    ],
    hashed: HASHED,
    favicon: favicon === undefined ? undefined : readUsualFile(favicon, chdir),
    robots: robots === undefined ? undefined : readUsualFile(robots, chdir),
  };
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** "512k" */
function bytesOf(size: string): number {
  return Number.parseInt(size, 10) * (UNITS[size.at(-1)!] ?? 1);
}
