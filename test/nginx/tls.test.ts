import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:http2";
import { type RequestOptions, request } from "node:https";
import path from "node:path";
import { test } from "node:test";
import { connect as connectTls } from "node:tls";
import { prepareSite } from "../../src/nginx/prepare.ts";
import { printSite } from "../../src/nginx/print.ts";
import { createSite } from "../../src/nginx/site.ts";
import { freePort, get, withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";
import { settings, siteInput } from "./site-input.ts";

const skip = withoutNginx;
const echo = ({ headers }: IncomingMessage, response: ServerResponse): unknown =>
  response.end(JSON.stringify(headers));

async function secure(
  port: number,
  options: RequestOptions = {},
): Promise<{ status: number | undefined; headers: IncomingMessage["headers"]; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "localhost", port, agent: false, ...options }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test("a pair for development, HTTP/2, HSTS, and plain HTTP sent on", { skip }, async (t) => {
  const plain = await freePort();
  const site = await serveSite(
    t,
    [
      ["self-signed", "true"],
      ["hsts", "365d subdomains"],
      ["redirect-https", String(plain)],
    ],
    echo,
  );
  const { certificate, key } = site.site.selfSigned!;
  assert.equal(statSync(key).mode & 0o077, 0, "the key is for nobody else");
  const ca = readFileSync(certificate);
  const answer = await secure(site.port, { ca });
  assert.equal(answer.headers["strict-transport-security"], "max-age=31536000; includeSubDomains");
  assert.equal(JSON.parse(answer.body)["x-forwarded-proto"], "https");

  const session = connect(`https://localhost:${site.port}`, { ca });
  const stream = session.request({ ":path": "/" });
  const status = await new Promise((resolve) =>
    stream.on("response", (fields) => resolve(fields[":status"])),
  );
  assert.equal(status, 200);
  session.destroy();

  const sentOn = await get(plain, "/a%2Fb?c=%0d%0aX:y", { Host: "localhost" });
  assert.equal(sentOn.status, 308);
  assert.equal(sentOn.headers.location, `https://localhost:${site.port}/a%2Fb?c=%0d%0aX:y`);

  // Made once, and again only for other names.
  await prepareSite(site.site);
  assert.deepEqual(readFileSync(certificate), ca);
  await prepareSite({ ...site.site, selfSigned: { ...site.site.selfSigned!, names: ["other.example"] } });
  assert.notDeepEqual(readFileSync(certificate), ca);
});

test("nothing older than TLS 1.2 is spoken", { skip }, async (t) => {
  const site = await serveSite(t, [["self-signed", "true"]], echo);
  const protocol = (maxVersion: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string | null> =>
    new Promise((resolve) => {
      const socket = connectTls(
        {
          port: site.port,
          rejectUnauthorized: false,
          minVersion: "TLSv1",
          maxVersion,
          ciphers: "ALL:@SECLEVEL=0",
        },
        () => {
          resolve(socket.getProtocol());
          socket.destroy();
        },
      );
      socket.on("error", () => resolve(null));
    });
  assert.equal(await protocol("TLSv1.1"), null);
  assert.equal(await protocol("TLSv1.2"), "TLSv1.2");
  assert.equal(await protocol("TLSv1.3"), "TLSv1.3");
});

test("a path wants a certificate of one authority's, and the app is told whose it is", {
  skip,
}, async (t) => {
  const openssl = (directory: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: directory, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  };
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const site = await serveSite(
    t,
    [
      ["self-signed", "true"],
      ["client-certificate", "ca.pem"],
      ["auth", "/partner certificate"],
    ],
    echo,
    {
      setUp(directory) {
        openssl(
          directory,
          "req",
          "-x509",
          ...made,
          "-keyout",
          "ca.key",
          "-out",
          "ca.pem",
          "-subj",
          "/CN=ours",
        );
        openssl(
          directory,
          "req",
          "-x509",
          ...made,
          "-keyout",
          "other.key",
          "-out",
          "other.pem",
          "-subj",
          "/CN=theirs",
        );
        openssl(
          directory,
          "req",
          ...made.slice(0, 5),
          "-keyout",
          "ann.key",
          "-out",
          "ann.csr",
          "-subj",
          "/CN=ann",
        );
        const evil = ["-keyout", "evil.key", "-out", "evil.csr", "-utf8", "-subj", "/CN=ann\r\nX-Admin: yes"];
        openssl(directory, "req", ...made.slice(0, 5), ...evil);
        openssl(
          directory,
          ..."x509 -req -in evil.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out evil.pem".split(
            " ",
          ),
        );
        openssl(
          directory,
          ..."x509 -req -in ann.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out ann.pem".split(" "),
        );
      },
    },
  );
  const file = (name: string) => readFileSync(path.join(site.directory, name));
  const ca = readFileSync(site.site.selfSigned!.certificate);
  const ann = { ca, cert: file("ann.pem"), key: file("ann.key") };
  const headers = { "X-Remote-User": "CN=root" };
  assert.equal((await secure(site.port, { ca, path: "/partner", headers })).status, 403);
  assert.equal(
    JSON.parse((await secure(site.port, { ...ann, path: "/partner/x", headers })).body)["x-remote-user"],
    "CN=ann",
  );
  assert.equal(
    JSON.parse((await secure(site.port, { ...ann, path: "/", headers })).body)["x-remote-user"],
    undefined,
  );
  // gixy holds that $ssl_client_s_dn may have a line's end: NGINX escapes it (RFC 2253), or this were a field of ours.
  const evil = { ca, cert: file("evil.pem"), key: file("evil.key"), path: "/partner" };
  const told = JSON.parse((await secure(site.port, evil)).body) as Record<string, string>;
  assert.equal(told["x-remote-user"], "CN=ann\\0D\\0AX-Admin: yes");
  assert.equal(told["x-admin"], undefined);
  const stranger = { ca, cert: file("other.pem"), key: file("other.key"), path: "/partner" };
  assert.equal((await secure(site.port, stranger)).status, 400);
});

test("who asks for another host gets no page, and over TLS no certificate", { skip }, async (t) => {
  const open = await serveSite(
    t,
    [
      ["listen", "$PORT default_server"],
      ["server-name", "good.example *.good.example"],
      ["other-hosts", "refuse"],
    ],
    echo,
  );
  assert.equal((await open.get("/", { Host: "good.example" })).status, 200);
  assert.equal((await open.get("/", { Host: "www.good.example:1" })).status, 200);
  for (const Host of ["evil.example", "good.example.evil", "127.0.0.1"])
    assert.equal((await open.get("/", { Host })).status, 421, Host);
  const closed = await serveSite(
    t,
    [
      ["self-signed", "true"],
      ["server-name", "good.example"],
      ["other-hosts", "refuse"],
    ],
    echo,
  );
  const ca = readFileSync(closed.site.selfSigned!.certificate);
  const good = { ca, servername: "good.example", headers: { Host: "good.example" } };
  assert.equal((await secure(closed.port, good)).status, 200);
  await assert.rejects(secure(closed.port, { ca, servername: "evil.example" }), /unrecognized|alert/i);
  // The name of the handshake and that of the request are two.
  assert.equal((await secure(closed.port, { ...good, headers: { Host: "evil.example" } })).status, 421);
});

test("until the certificate is fetched the challenge is answered over plain HTTP", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["acme", "certbot webroot=www path=le"],
      ["server-name", "example.com www.example.com"],
      ["auth", "basic none"],
    ],
    echo,
    {
      exists: () => false,
      setUp(directory) {
        mkdirSync(path.join(directory, "www/.well-known/acme-challenge"), { recursive: true });
        writeFileSync(path.join(directory, "www/.well-known/acme-challenge/token"), "answer");
      },
    },
  );
  assert.equal((await site.get("/.well-known/acme-challenge/token")).body, "answer");
  assert.equal((await site.get("/")).status, 401);
  assert.match(
    site.site.notes.join(),
    /certbot certonly --config-dir \S+\/le --webroot -w \S+\/www -d example.com -d www.example.com/,
  );
});

test("NGINX's ACME module is told what it has to know, and nothing that could end its directives", () => {
  const site = (value: string, version = "1.29.0", name = "example.com") =>
    createSite(
      siteInput({
        nginx: { version, modules: new Set(["http_acme"]) },
        settings: settings(["server-name", name], ["acme", value]),
      }),
    );
  assert.match(site("nginx").notes.join(), /wants a resolver in nginx\.conf/);
  assert.doesNotMatch(printSite(site("nginx", "1.26.3")), /ssl_certificate_cache/);
  assert.match(
    printSite(site("nginx uri=https://acme.test:14000/dir")),
    /uri https:\/\/acme\.test:14000\/dir;/,
  );
  assert.throws(
    () => site("nginx", "1.29.0", "*.example.com"),
    /hello\.ini:11: Cannot set acme: it wants a server-name/,
  );
  for (const value of [
    "nginx path=le",
    "nginx uri=http://plain.test/",
    "nginx uri=https://a;b/",
    "nginx email=a@b;c",
    "nginx resolver=1.1.1.1;",
    "nginx more",
  ])
    assert.throws(() => site(value), /hello\.ini:11: Cannot set acme: expected/, value);
});

const printed = (version: string, modules: string[], ...pairs: [string, string][]): string =>
  printSite(
    createSite(siteInput({ nginx: { version, modules: new Set(modules) }, settings: settings(...pairs) })),
  );

test("each version of NGINX gets what it can read", () => {
  const pair: [string, string] = ["tls", "c.pem k.pem"];
  const old = printed("1.22.1", ["http_v2"], pair, ["http3", "true"]);
  assert.match(old, /listen 443 ssl http2 default_server;/);
  assert.doesNotMatch(old, /quic|http2 on/);
  assert.match(old, /# Left out: http3\. It wants NGINX 1\.25/);
  const recent = printed("1.27.0", ["http_v2", "http_v3"], pair, ["http3", "true"]);
  assert.match(recent, /listen 443 ssl default_server;/);
  assert.match(recent, /listen 443 quic reuseport default_server;/);
  assert.match(recent, /http2 on;/);
  assert.match(recent, /add_header Alt-Svc 'h3=":443"; ma=86400';/);
  assert.doesNotMatch(printed("1.27.0", [], pair), /http2 on|ssl http2/);
});

test("an auth that this NGINX cannot do is not left out, it is refused", () => {
  assert.throws(
    () => printed("1.22.1", [], ["auth", "request /_auth"]),
    /hello\.ini:10: Cannot set auth: this NGINX was built without/,
  );
});

test("the site on 443 sends 80 on, unless it listens there itself", () => {
  const count = (text: string) => text.match(/^server \{/gm)?.length;
  const pair: [string, string] = ["tls", "c.pem k.pem"];
  assert.equal(count(printed("1.22.1", [], pair)), 2);
  assert.equal(count(printed("1.22.1", [], pair, ["redirect-https", "false"])), 1);
  assert.equal(count(printed("1.22.1", [], pair, ["listen", "80"], ["listen", "443 ssl"])), 1);
  assert.equal(count(printed("1.22.1", [], pair, ["listen", "8443"])), 1);
});
