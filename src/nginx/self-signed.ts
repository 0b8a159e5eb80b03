import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./command.ts";

/** A key pair of the site's own, for development. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
  /** What clients may call the site: "localhost". */
  readonly names: readonly string[];
}

/** How long one is good, and how long before its end a new one is made; days. */
const GOOD_FOR = 365;
const RENEWED = 30;

/**
 * Makes the pair where there is none that is still good for those names.
 * @throws Error where openssl is missing or fails
 */
export async function makeSelfSigned({ certificate, key, names }: SelfSigned): Promise<void> {
  if (isGood(certificate, names)) return;
  // Others have no business with the key; NGINX reads it as the user who starts it.
  mkdirSync(path.dirname(key), { recursive: true, mode: 0o700 });
  const [newCertificate, newKey] = [`${certificate}.new`, `${key}.new`];
  const subjects = [...names.map((name) => `DNS:${name}`), "IP:127.0.0.1", "IP:::1"];
  const { status, output } = await runCommand("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-keyout", newKey, "-out", newCertificate, "-days", String(GOOD_FOR)],
    ...["-subj", `/CN=${names[0]}`, "-addext", `subjectAltName=${subjects.join(",")}`],
  ]);
  if (status !== 0)
    throw new Error(`Cannot make a certificate for ${names.join(", ")} with openssl: ${output}`);
  renameSync(newKey, key);
  renameSync(newCertificate, certificate);
}

function isGood(certificate: string, names: readonly string[]): boolean {
  try {
    const found = new X509Certificate(readFileSync(certificate));
    const left = found.validToDate.getTime() - Date.now();
    return (
      left > RENEWED * 86_400_000 && names.every((name) => found.subjectAltName?.includes(`DNS:${name}`))
    );
  } catch {
    return false;
  }
}
