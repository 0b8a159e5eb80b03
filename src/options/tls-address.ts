import { resolve } from "node:path";
import { type Address, parseAddress } from "./address.ts";
import type { OptionType } from "./option-type.ts";

/** Where to listen for TLS, and with what. */
export interface TlsAddress {
  readonly address: Address;
  /** PEM files; absolute in the config. */
  readonly certificate: string;
  readonly key: string;
  /** As OpenSSL lists them (openssl-ciphers(1)), for TLS 1.2; undefined: the usual ones. */
  readonly ciphers: string | undefined;
  /** A PEM file with the authorities of clients' certificates; undefined: clients are asked for none. */
  readonly authority: string | undefined;
  /** Whether a client without a certificate is turned away. */
  readonly required: boolean;
}

/**
 * `ADDRESS,CERTIFICATE,KEY[,CIPHERS[,[!]CA]]`, as uWSGI has it: with `!` a client has to show a certificate.
 * https://uwsgi-docs.readthedocs.io/en/latest/HTTPS.html
 */
export const tlsAddress: OptionType<TlsAddress> = {
  wanted: "an address, a certificate's file and its key's, such as :443,hello.crt,hello.key",
  placeholder: "ADDRESS,CERTIFICATE,KEY",
  ignoresComment: true,
  parse(text) {
    const [at = "", certificate = "", key = "", ciphers = "", ca = "", ...more] = text
      .split(",")
      .map((part) => part.trim());
    const address = parseAddress(at);
    if (address === undefined || certificate === "" || key === "" || more.length > 0) return undefined;
    const required = ca.startsWith("!");
    const authority = required ? ca.slice(1) : ca;
    if (required && authority === "") return undefined;
    return {
      address,
      certificate,
      key,
      ciphers: ciphers || undefined,
      authority: authority || undefined,
      required,
    };
  },
  fixed: ({ address }) => address,
  absolute({ address, certificate, key, authority, ...rest }, base) {
    const isFile = address.kind === "unix" && !address.path.startsWith("\0");
    return {
      ...rest,
      address: isFile ? { ...address, path: resolve(base, address.path) } : address,
      certificate: resolve(base, certificate),
      key: resolve(base, key),
      authority: authority === undefined ? undefined : resolve(base, authority),
    };
  },
};
