import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/** A pair for localhost that signs itself: `name`.crt and `name`.key, made anew where they are. */
export function makePair(directory: string, name: string, subject = "/CN=localhost"): void {
  const files = ["-keyout", `${name}.key`, "-out", `${name}.crt`];
  openssl(directory, "req", "-x509", ...KEY, ...files, "-days", "2", "-subj", subject, "-addext", NAMES);
}

/** A client's pair that `authority`, made by `makePair`, has signed. */
export function makeClient(directory: string, name: string, subject: string, authority: string): void {
  writeFileSync(join(directory, "client.ext"), "extendedKeyUsage=clientAuth\n");
  openssl(
    directory,
    ...["req", ...KEY, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject, "-utf8"],
  );
  openssl(
    directory,
    ...["x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, "-days", "2", "-CAcreateserial"],
    ...["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-extfile", "client.ext"],
  );
}

function openssl(directory: string, ...args: string[]): void {
  execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
}
