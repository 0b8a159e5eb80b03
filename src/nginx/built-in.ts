import { type BuiltInInput, type BuiltInSite, builtInSite, SITE_SETTINGS } from "./built-in-site.ts";
import { readGate } from "./features/access.ts";
import { type Rule, readAuthorities, readRule, readSatisfied } from "./features/auth.ts";
import { readTrusted } from "./features/real-ip.ts";
import { readSent } from "./features/static-files.ts";
import { type Rate, readRate } from "./features/throttle.ts";
import { isOff } from "./found/found.ts";
import { scoped } from "./setting-values.ts";
import { readSettings } from "./settings.ts";
import type { NginxSetting } from "./site-input.ts";

/** What of a site Portico's own listeners give too, where no NGINX stands in front. */
export interface BuiltIn {
  readonly throttle: readonly Rate[];
  readonly auth: readonly BuiltInAuth[];
  readonly access: readonly { readonly path: string; readonly entries: [string, string][] }[];
  readonly satisfy: readonly { readonly path: string; readonly word: "any" | "all" }[];
  /** Load balancers whose word in X-Forwarded-For and X-Forwarded-Proto is taken. */
  readonly trusted: readonly string[];
  /** What is given beside that. */
  readonly site: BuiltInSite;
  /** The names of the settings that only NGINX can keep, each once. */
  readonly leftOut: readonly string[];
  /** The file with the authorities of `auth = certificate`. */
  readonly clientAuthorities: string | undefined;
}

type BuiltInAuth = { readonly path: string } & (
  | { readonly kind: "basic"; readonly file: string; readonly realm: string }
  | { readonly kind: "certificate" | "closed" | "off" }
);

/**
 * The directories of `send-files`: [URL prefix, directory].
 * @throws SiteError as for the site
 */
export function sentOf(settings: readonly NginxSetting[], chdir: string): [string, string][] {
  readSettings(settings, chdir);
  return settings
    .filter(({ name }) => name === "send-files")
    .map(({ value }) => readSent(value.trim(), chdir))
    .map(({ prefix, path }) => [prefix, path]);
}

/** @throws SiteError as for the site: one line has one meaning. */
export function builtInOf(settings: readonly NginxSetting[], input: BuiltInInput): BuiltIn {
  const { chdir } = input;
  readSettings(settings, chdir);
  const all = <Read>(name: string, read: (value: string) => Read): Read[] =>
    settings.filter((setting) => setting.name === name).map(({ value }) => read(value.trim()));
  const auth = all("auth", (value) => builtInAuth(readRule(value, chdir, "")));
  const balancers = all("real-ip", readTrusted).slice(-1);
  const understood = balancers.every(({ field }) => field.toLowerCase() === "x-forwarded-for");
  const names = settings
    .filter(({ name, value }) => name !== "static" || !isOff(value))
    .map(({ name }) => name)
    .filter((name) => !GIVEN.has(name) || (name === "real-ip" && !understood));
  return {
    throttle: all("throttle", readRate),
    auth,
    access: all("access", (value) => {
      const { path, words } = scoped(value);
      return { path, entries: readGate(words, value).map(entry) };
    }),
    satisfy: all("satisfy", readSatisfied),
    trusted: understood ? balancers.flatMap(({ addresses }) => addresses.filter(isAddress)) : [],
    site: builtInSite(settings, input),
    leftOut: [...new Set(names)],
    clientAuthorities: all("client-certificate", (value) => readAuthorities(value, chdir)).at(-1),
  };
}

const GIVEN: ReadonlySet<string> = new Set([
  ...["throttle", "auth", "access", "satisfy", "real-ip", "send-files"],
  ...SITE_SETTINGS,
]);

function builtInAuth(rule: Rule): BuiltInAuth {
  const { path } = rule;
  if (rule.kind === "basic") return { path, kind: "basic", file: rule.file, realm: rule.realm };
  return { path, kind: rule.kind === "request" ? "closed" : rule.kind };
}

/** Nobody comes over a socket here whose word is not taken already. */
function isAddress(text: string): boolean {
  return text !== "unix:";
}

/** "deny 10.0.0.1;" */
function entry(line: string): [string, string] {
  const [word = "", who = ""] = line.slice(0, -1).split(" ");
  return [word, who];
}
