import assert from "node:assert/strict";
import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { freePort, type Scope, withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";
import { settings, siteText } from "./site-input.ts";

/** A real authority with a responder of its own (`openssl ocsp`), whose answers NGINX fetches and sends along. */
const skip = withoutNginx;
const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
const WAIT = 20_000;

/** An authority in a directory: "ca", the site's "site" with its chain, and "responder", which answers for it. */
function makeAuthority(directory: string, responderPort: number): void {
  const openssl = (...args: string[]): Buffer =>
    execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  const ca = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority"];
  openssl("req", "-x509", ...KEY, ...ca, "-days", "2");
  const issue = (name: string, extensions: string): void => {
    writeFileSync(join(directory, `${name}.ext`), extensions);
    openssl("req", ...KEY, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  };
  const responder = `OCSP;URI:http://localhost:${responderPort}`;
  issue("site", `subjectAltName=DNS:localhost\nauthorityInfoAccess=${responder}\n`);
  issue("responder", "extendedKeyUsage=OCSPSigning\n");
  const text = (name: string): string => readFileSync(join(directory, name), "utf8");
  writeFileSync(join(directory, "chain.pem"), text("site.pem") + text("ca.pem"));
  const serial = String(openssl("x509", "-in", "site.pem", "-noout", "-serial"))
    .trim()
    .replace("serial=", "");
  // As `openssl ca` keeps it: status, end, revocation, serial, file, subject.
  writeFileSync(join(directory, "index.txt"), `V\t491231235959Z\t\t${serial}\tunknown\t/CN=site\n`);
}

async function startResponder(scope: Scope, directory: string, port: number, signer: string): Promise<void> {
  const how = ["-index", "index.txt", "-CA", "ca.pem", "-port", String(port), "-ndays", "1"];
  const who = ["-rsigner", `${signer}.pem`, "-rkey", `${signer}.key`];
  const child = spawn("openssl", ["ocsp", ...how, ...who], { cwd: directory, stdio: "ignore" });
  scope.after(async () => {
    const exited = once(child, "exit");
    if (child.kill("SIGKILL")) await exited;
  });
  // Not by a connection alone: it would wait for the request.
  const ask = ["-issuer", "ca.pem", "-cert", "site.pem", "-url", `http://127.0.0.1:${port}`];
  const end = performance.now() + WAIT;
  while (spawnSync("openssl", ["ocsp", ...ask, "-CAfile", "ca.pem"], { cwd: directory }).status !== 0)
    assert.ok(performance.now() < end, "the responder did not come up");
}

/** What a client hears of the certificate's status in the handshake. */
function status(port: number, directory: string): Promise<string> {
  return new Promise((resolve) => {
    const to = ["-connect", `127.0.0.1:${port}`, "-servername", "localhost", "-CAfile", "ca.pem"];
    const client = execFile("openssl", ["s_client", ...to, "-status"], { cwd: directory }, (_, stdout) =>
      resolve(stdout),
    );
    client.stdin?.end();
  });
}

test("the authorities of the machine check what is fetched, and never let in a client", () => {
  const pairs = [["tls", "c.pem k.pem"] as const, ["ocsp", "true"] as const];
  const bundle = "ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;";
  assert.ok(siteText({ settings: settings(...pairs) }).includes(bundle));
  const some = siteText({ settings: settings(...pairs), exists: () => false });
  const asking = siteText({
    settings: settings(...pairs, ["client-certificate", "clients.pem"], ["auth", "/a certificate"]),
  });
  for (const text of [some, asking]) {
    assert.match(text, /ssl_stapling on;/);
    assert.doesNotMatch(text, /ssl_trusted_certificate|ssl_stapling_verify/);
  }
});

describe("the word of the certificate's authority", { skip }, () => {
  for (const [who, signer] of [
    ["the authority itself", "ca"],
    ["a responder that it has named", "responder"],
  ] as const)
    test(`is fetched and sent along, signed by ${who}`, async (t) => {
      const responderPort = await freePort();
      const site = await serveSite(
        t,
        [
          ["tls", "chain.pem site.key"],
          ["ocsp", "ca.pem"],
        ],
        (_, response) => response.end("hello"),
        {
          async setUp(directory) {
            makeAuthority(directory, responderPort);
            await startResponder(t, directory, responderPort, signer);
          },
        },
      );
      // NGINX asks the responder at the first handshake and does not hold that up.
      const end = performance.now() + WAIT;
      let said = "";
      do said = await status(site.port, site.directory);
      while (!said.includes("OCSP Response Status") && performance.now() < end);
      const log = readFileSync(join(site.directory, "error.log"), "utf8");
      assert.match(said, /OCSP Response Status: successful/, log);
      assert.match(said, /Cert Status: good/);
      assert.match(said, /Verify return code: 0 \(ok\)/);
      assert.equal(log, "");
    });
});
