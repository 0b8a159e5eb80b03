import { resolve } from "node:path";
import type { OptionType } from "./option-type.ts";

/** A certificate for those who ask for a name. */
export interface NamedPair {
  /** "example.com", "*.example.com" */
  readonly name: string;
  /** PEM files; absolute in the config. */
  readonly pair: { readonly certificate: string; readonly key: string };
}

/**
 * `NAME CERTIFICATE,KEY`, as uWSGI has it; a `*` for the first label besides. What uWSGI takes behind, ciphers and an
 * authority for that name alone, belongs to the listener here.
 * https://uwsgi-docs.readthedocs.io/en/latest/SNI.html
 */
export const namedPair: OptionType<NamedPair> = {
  wanted: "a host's name, a certificate's file and its key's, such as example.com example.crt,example.key",
  placeholder: "NAME CERTIFICATE,KEY",
  parse(text) {
    const [, name = "", files = ""] = /^(\S+)\s+(.+)$/.exec(text) ?? [];
    const [certificate = "", key = "", ...more] = files.split(",").map((part) => part.trim());
    if (!/^(?:\*\.)?[A-Za-z\d](?:[\w.-]*[A-Za-z\d])?$/.test(name)) return undefined;
    return certificate === "" || key === "" || more.length > 0
      ? undefined
      : { name, pair: { certificate, key } };
  },
  absolute: ({ name, pair }, base) => ({
    name,
    pair: { certificate: resolve(base, pair.certificate), key: resolve(base, pair.key) },
  }),
};
