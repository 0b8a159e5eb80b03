import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ListenError } from "./listen-error.ts";

/** A certificate with those between it and the root, and its key: PEM files, absolute, or what is in them. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What to read. */
export interface CertificateFiles {
  /** Several are of different kinds (RSA, ECDSA), for the same names. */
  readonly pairs: readonly KeyPair[];
  /** What those are shown who ask for a name (RFC 6066, section 3): "example.com", "*.example.com". */
  readonly named: readonly { readonly name: string; readonly pair: KeyPair; readonly where: string }[];
  readonly ciphers: string | undefined;
  readonly authority: string | undefined;
  readonly required: boolean;
  /** Where they were named, and as what: "hello.ini:4: Cannot set https-socket". */
  readonly where: string;
}

/** What was read, tried, and is handed to workers. */
export interface Certificates {
  readonly pairs: readonly KeyPair[];
  readonly named: readonly { readonly name: string; readonly pair: KeyPair }[];
  readonly ciphers: string;
  readonly authorities: string | undefined;
  readonly required: boolean;
  readonly ticketKeys: string;
}

/** Mozilla's intermediate list (ssl-config.mozilla.org, guideline 5.7), for TLS 1.2. */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];
/** TLS 1.3 chooses its own; node has one list for both. */
const CIPHERS_1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
/** Bytes: a name, a key for encryption and one for the code of authentication (tls.Server.setTicketKeys). */
const TICKET_KEYS = 48;

/**
 * Reads certificates and their keys, as whoever may, and tries that they belong together.
 * @throws ListenError with the place that named them
 */
export function readCertificates(files: CertificateFiles): Certificates {
  const { where, authority, required } = files;
  const pairs = files.pairs.map((pair) => readPair(pair, where));
  const named = files.named.map((one) => ({ name: one.name, pair: readPair(one.pair, one.where) }));
  const authorities = authority === undefined ? undefined : read(authority, "the CA", where);
  if (authorities !== undefined) checkAuthorities(authorities, () => `${where}: ${authority}`);
  const ciphers = [...CIPHERS_1_3, ...(files.ciphers === undefined ? CIPHERS : [files.ciphers])].join(":");
  try {
    const [cert, key] = [pairs.map(({ certificate }) => certificate), pairs.map((pair) => pair.key)];
    createSecureContext({ cert, key, ca: authorities, ciphers, minVersion: "TLSv1.2" });
    for (const { pair } of named) createSecureContext({ cert: pair.certificate, key: pair.key });
  } catch (error) {
    throw refused(where, error, "OpenSSL does not take the certificate, the key or the ciphers");
  }
  const ticketKeys = randomBytes(TICKET_KEYS).toString("base64");
  return { pairs, named, ciphers, authorities, required, ticketKeys };
}

function readPair(files: KeyPair, where: string): KeyPair {
  const certificate = read(files.certificate, "the certificate", where);
  const key = read(files.key, "the key", where);
  let first: X509Certificate;
  try {
    first = new X509Certificate(certificate);
  } catch (error) {
    throw refused(where, error, `${files.certificate} is no certificate in PEM`);
  }
  let pair: boolean;
  try {
    pair = first.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw refused(where, error, `${files.key} is no private key in PEM, or has a passphrase`);
  }
  if (!pair)
    throw new ListenError(
      `${where}: the key in ${files.key} is not that of the certificate in ${files.certificate}`,
    );
  return { certificate, key };
}

function read(path: string, what: string, where: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ListenError(`${where}: cannot read ${what}: ${(error as Error).message}`, { cause: error });
  }
}

function refused(where: string, error: unknown, what: string): ListenError {
  return new ListenError(`${where}: ${what}: ${(error as Error).message}`, { cause: error });
}

/** OpenSSL passes over a file without a certificate in it, and would then let in nobody. */
function checkAuthorities(text: string, where: () => string): void {
  try {
    new X509Certificate(text);
  } catch (error) {
    throw new ListenError(`${where()} holds no certificate in PEM: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
