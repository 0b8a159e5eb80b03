import path from "node:path";
import type { SiteDraft } from "../draft.ts";
import { quote } from "../quote.ts";
import { readBoolean, refuseVariables } from "../setting-values.ts";

/** Whether the word of the certificate's authority is sent along; a file: checked by the authorities in it. */
export type Ocsp = boolean | string;

/** Where distributions keep the authorities that everybody trusts. */
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

export function readOcsp(value: string, chdir: string): Ocsp {
  return /[./]/.test(value) ? refuseVariables(path.resolve(chdir, value)) : readBoolean(value);
}

/**
 * OCSP stapling (RFC 6066, section 8). NGINX needs the authority's root to check what another signs in its name, as
 * most have it, and would also let in clients by it: where those are asked for certificates it does not check, which
 * browsers do anyway.
 */
export function stapling(said: Ocsp, { input, clientAuthorities }: SiteDraft): string[] {
  if (said === false) return [];
  const trusted = said === true ? BUNDLES.find((file) => input.exists(file)) : said;
  if (trusted === undefined || clientAuthorities !== undefined)
    return ["ssl_stapling on;  # what it fetches is checked by browsers alone"];
  return ["ssl_stapling on;", "ssl_stapling_verify on;", `ssl_trusted_certificate ${quote(trusted)};`];
}
