import type { SiteDraft } from "../draft.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { scoped, wanted } from "../setting-values.ts";

type Preset = "basic" | "strict" | "off";

export interface Added {
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

const BASIC: Readonly<Record<string, string>> = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Referrer-Policy": "strict-origin-when-cross-origin",
};

const STRICT: Readonly<Record<string, string>> = {
  ...BASIC,
  "X-Frame-Options": "DENY",
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
};

/** Header fields that tell browsers to be careful, and fields of one's own. */
export const securityHeaders = feature<{ presets: Map<string, Preset>; added: Added[] }>({
  settings: {
    headers: {
      text: "[/path] basic, strict or off: header fields that tell browsers to be careful, where the app does not say them itself. basic: X-Content-Type-Options, X-Frame-Options, Referrer-Policy, and no version of NGINX. strict: also a Content-Security-Policy that allows the site's own files alone, Cross-Origin-Opener-Policy, Cross-Origin-Resource-Policy, Permissions-Policy.",
      read(value, { presets }) {
        const { path, preset } = readPreset(value);
        presets.set(path, preset);
      },
    },
    "add-header": {
      text: "[/path] NAME: VALUE: a header field for answers, where the app does not say it itself; may be repeated.",
      read(value, { added }) {
        added.push(readAdded(value));
      },
    },
  },
  begin: () => ({ presets: new Map(), added: [] }),
  add({ presets, added }, draft) {
    for (const [path, preset] of presets)
      for (const header of presetHeaders(path, preset))
        if (header.value === "") draft.at(path).headers.set(header.name, "");
        else addHeader(draft, header);
    if ([...presets.values()].some((preset) => preset !== "off")) draft.server.push(["server_tokens off;"]);
    for (const header of added) addHeader(draft, header);
  },
});

/** `[/path] basic` */
export function readPreset(value: string): { readonly path: string; readonly preset: Preset } {
  const { path, words } = scoped(value);
  const [word] = words;
  if (words.length !== 1 || (word !== "basic" && word !== "strict" && word !== "off"))
    throw wanted("[/path] basic, strict or off", value);
  return { path, preset: word };
}

/** The fields of a preset; with the value "" one that is taken off again. */
export function presetHeaders(path: string, preset: Preset): Added[] {
  if (preset === "off") return Object.keys(STRICT).map((name) => ({ path, name, value: "" }));
  return Object.entries(preset === "strict" ? STRICT : BASIC).map(([name, value]) => ({ path, name, value }));
}

/** `[/path] NAME: VALUE` */
export function readAdded(value: string): Added {
  const [, text = "", name = "", field = ""] =
    /^((?:\/\S*\s+)?)([A-Za-z][\w-]*):\s*(\S.*)$/.exec(value) ?? [];
  // NGINX would expand a `$`, and has no way to write a plain one.
  if (name === "" || /[$\\"]/.test(field))
    throw wanted("[/path] Name: value, without $, \\ and quotes", value);
  return { path: scoped(text).path, name, value: field };
}

/** Whatever the app says itself counts: two of a kind would be one too many. */
function addHeader(draft: SiteDraft, { path, name, value }: Added): void {
  const variable = `$${draft.name("h", `${name}: ${value}`)}`;
  draft.addMap([
    `map $upstream_http_${name.toLowerCase().replaceAll("-", "_")} ${variable} {`,
    `    "" ${quote(value)};`,
    "}",
  ]);
  draft.at(path).headers.set(name, `${variable} always`);
}
