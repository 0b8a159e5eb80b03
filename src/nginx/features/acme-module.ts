import type { SiteDraft } from "../draft.ts";
import { quote } from "../quote.ts";
import { readWords, wanted, wordsOf } from "../setting-values.ts";
import { SiteError } from "../site-error.ts";
import type { KeyPair } from "./tls-pair.ts";

/**
 * NGINX's own module (ngx_http_acme_module, 2025) fetches the certificate, and answers its challenge itself. Written by
 * its documentation: no distribution has it in a package to be tried with.
 */
export interface AcmeModule {
  /** `hello.ini:4: Cannot set acme: ` */
  readonly where: string;
  readonly email: string | undefined;
  /** The authority's directory (RFC 8555, section 7.1.1). */
  readonly uri: string;
  readonly resolvers: readonly string[];
}

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";

/** Reads "nginx" with its words; undefined: it is another client's. */
export function readAcmeModule(value: string, where: string): AcmeModule | undefined {
  const words = wordsOf(value);
  if (words[0] !== "nginx") return undefined;
  const { plain, all, last } = readWords(words, ["email", "uri", "resolver"], value);
  const [email, uri] = [last("email"), last("uri") ?? LETS_ENCRYPT];
  const resolvers = all("resolver");
  const fits =
    plain.length === 1 &&
    /^https:\/\/[\w.:[\]-]+(?:\/[\w./~%-]*)?$/.test(uri) &&
    (email === undefined || /^[\w.+-]+@[\w.-]+$/.test(email)) &&
    resolvers.every((address) => /^(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?$/.test(address));
  if (!fits) throw wanted("nginx with email=ADDRESS, uri=https://… and resolver=ADDRESS", value);
  return { where, email, uri, resolvers };
}

/**
 * The pair as the module hands it to NGINX, and what has it fetched.
 * @throws SiteError where this NGINX has not the module: the site would have no certificate
 */
export function modulePair(draft: SiteDraft, { where, email, uri, resolvers }: AcmeModule): KeyPair {
  const { nginx, stateFolder } = draft.input;
  if (!nginx.modules.has("http_acme"))
    throw new SiteError(
      `${where}this NGINX has no ACME module (nginx-module-acme of nginx.org's packages, loaded by load_module): acme = certbot or acme = lego do without`,
    );
  const names = draft.serverNames.filter((name) => /^[\w-]+(?:\.[\w-]+)+$/.test(name));
  if (names.length === 0)
    throw new SiteError(`${where}it wants a server-name that is a host's own, such as example.com`);
  // The module makes its folder itself, for NGINX's user.
  draft.folders.push(stateFolder);
  if (resolvers.length > 0) draft.http.push([`resolver ${resolvers.join(" ")};`]);
  else draft.notes.push("acme = nginx wants a resolver in nginx.conf, or resolver=ADDRESS here");
  draft.http.push([
    "# NGINX fetches the certificate itself, and renews it.",
    `acme_issuer ${draft.id} {`,
    `    uri ${uri};`,
    ...(email === undefined ? [] : [`    contact ${email};`]),
    `    state_path ${quote(`${stateFolder}/acme-${draft.id}`)};`,
    "    accept_terms_of_service;",
    "}",
  ]);
  draft.server.push([`acme_certificate ${draft.id} ${names.join(" ")};`]);
  return { certificate: "$acme_certificate", key: "$acme_certificate_key" };
}
