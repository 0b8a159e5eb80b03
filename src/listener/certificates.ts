import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ListenError } from "./listen-error.ts";

/** What to read: PEM files, absolute. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly ciphers: string | undefined;
  readonly authority: string | undefined;
  readonly required: boolean;
  /** Where they were named: "hello.ini:4". */
  readonly origin: string;
}

/** What was read, tried, and is handed to workers. */
export interface Certificates {
  readonly certificate: string;
  readonly key: string;
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
 * Reads a certificate and its key, as whoever may, and tries that they belong together.
 * @throws ListenError with the place that named them
 */
export function readCertificates(files: CertificateFiles): Certificates {
  const where = `${files.origin}: Cannot set https-socket`;
  const read = (path: string, what: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw new ListenError(`${where}: cannot read ${what}: ${(error as Error).message}`, { cause: error });
    }
  };
  const refuse = (error: unknown, what: string): ListenError =>
    new ListenError(`${where}: ${what}: ${(error as Error).message}`, { cause: error });

  const certificate = read(files.certificate, "the certificate");
  const key = read(files.key, "the key");
  const authorities = files.authority === undefined ? undefined : read(files.authority, "the CA");
  let first: X509Certificate;
  try {
    first = new X509Certificate(certificate);
  } catch (error) {
    throw refuse(error, `${files.certificate} is no certificate in PEM`);
  }
  let pair: boolean;
  try {
    pair = first.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw refuse(error, `${files.key} is no private key in PEM, or has a passphrase`);
  }
  if (!pair)
    throw new ListenError(
      `${where}: the key in ${files.key} is not that of the certificate in ${files.certificate}`,
    );
  if (authorities !== undefined) checkAuthorities(authorities, () => `${where}: ${files.authority}`);
  const ciphers = [...CIPHERS_1_3, ...(files.ciphers === undefined ? CIPHERS : [files.ciphers])].join(":");
  try {
    createSecureContext({ cert: certificate, key, ca: authorities, ciphers, minVersion: "TLSv1.2" });
  } catch (error) {
    throw refuse(error, `OpenSSL does not take the certificate, the key or the ciphers`);
  }
  const ticketKeys = randomBytes(TICKET_KEYS).toString("base64");
  return { certificate, key, ciphers, authorities, required: files.required, ticketKeys };
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
