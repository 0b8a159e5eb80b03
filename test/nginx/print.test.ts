import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { USUAL_CAPABILITIES } from "../../src/nginx/capabilities.ts";
import { WRITTEN_BY } from "../../src/nginx/print.ts";
import { makeSelfSigned } from "../../src/nginx/self-signed.ts";
import type { SiteInput } from "../../src/nginx/site-input.ts";
import { testSite } from "../../src/nginx/trial.ts";
import { newerNginx, noNewerNginx } from "../support/newer-nginx.ts";
import { type PrivateSiteNginx, privateSiteNginx, withoutNginx } from "./private-site-nginx.ts";
import { settings, siteText } from "./site-input.ts";

/**
 * The golden files show what users get. After a change that is meant, write them anew and read the
 * difference: UPDATE_GOLDEN=1 node --test test/nginx/print.test.ts
 */
const golden = path.join(import.meta.dirname, "../golden/nginx");

const variants: Record<string, Partial<SiteInput>> = {
  "http-two-workers": {},
  "python-mounted": {
    mounts: [{ prefix: "/api.v1", upstream: { wire: "uwsgi", sockets: ["hello.api-v1.sock"] } }],
  },
  "http-one-socket": { upstream: { wire: "http", sockets: ["hello.sock"] }, hasIpv6: false },
  "http-address": { upstream: { wire: "http", addresses: ["127.0.0.1:8000"] } },
  "http-without-ini": { file: undefined },
  uwsgi: { upstream: { wire: "uwsgi", sockets: ["hello.sock"] }, harakiri: 30 },
  fastcgi: { upstream: { wire: "fastcgi", sockets: ["hello.1.sock", "hello.2.sock"] } },
  "everything-set": {
    name: "My-App",
    settings: settings(
      ["listen", "127.0.0.1:8080"],
      ["listen", "[::1]:8080"],
      ["server-name", "example.com *.example.com"],
      ["server-name", "~^(?<sub>[a-z]{1,9})\\.example\\.org$"],
      ["client-max-body-size", "1g"],
      ["timeout", "5m"],
      ["static", "/static = ./public"],
      ["static", "/favicon.ico = ./public/favicon.ico"],
      ["include", "nginx.d/*.conf"],
    ),
    limitPost: 1024 * 1024,
    staticMap: [["/media", "/srv/media"]],
  },
  cache: {
    settings: settings(
      ["cache", "/ user=cookie:connect.sid bypass=header:X-Preview"],
      ["cache", "/api 10s cookies=drop"],
      ["cache", "/api/live off"],
      ["cache-size", "200m"],
    ),
  },
  "cache-uwsgi": {
    upstream: { wire: "uwsgi", sockets: ["hello.sock"] },
    mounts: [{ prefix: "/api", upstream: { wire: "uwsgi", sockets: ["hello.api.sock"] } }],
    settings: settings(["cache", "5s"], ["cache", "/api/now off"]),
  },
  "real-ip": { settings: settings(["real-ip", "10.0.0.0/8 2001:db8::/32 scheme=X-Forwarded-Proto"]) },
  throttle: {
    settings: settings(
      ["throttle", "50r/s"],
      ["throttle", "/login 5r/m"],
      ["throttle", "/api 10r/s burst=20 wait=yes by=header:X-Api-Key"],
      ["connections", "/export 2"],
    ),
  },
  auth: {
    settings: settings(
      ["auth", '/admin basic users.htpasswd realm="Members only"'],
      ["auth", "/admin/health off"],
      ["auth", "/reports request /_auth"],
      ["access", "/internal 10.0.0.0/8 localhost"],
    ),
  },
  "auth-uwsgi": {
    upstream: { wire: "uwsgi", sockets: ["hello.sock"] },
    settings: settings(["auth", "request /_auth"], ["auth", "/public off"]),
  },
  "auth-in-static": {
    settings: settings(
      ["static", "/files = files"],
      ["auth", "/files/secret basic users"],
      ["access", "/admin 10.0.0.0/8"],
    ),
  },
  static: {
    settings: settings(
      ["static", "/ = dist expires=auto fallback=index.html precompressed=yes"],
      ["static", "/media = media files expires=1d"],
      ["send-files", "/private = files"],
      ["favicon", "public/favicon.ico"],
      ["robots", "none"],
    ),
  },
  found: {
    settings: settings(
      ["auth", "/static/internal basic users"],
      ["favicon", "none"],
      ["static", "/img = img"],
    ),
    found: {
      statics: [
        ["/static", "/srv/shop/static", false],
        ["/assets", "/var/www/app/dist/assets", true],
        ["/favicon.ico", "/var/www/app/dist/favicon.ico", false],
        ["/logo.svg", "/var/www/app/dist/logo.svg", false],
        ["/img", "/var/www/app/dist/img", false],
      ].map(([prefix, path, hashed]) => ({
        prefix: String(prefix),
        path: String(path),
        file: /\.\w+$/.test(String(path)),
        hashed: hashed === true,
        ...(hashed === true && { withoutMaps: true as const }),
        from: `what names ${prefix}`,
      })),
      words: [
        { text: "Uploads are not served", where: "site", prefix: "/media" },
        { text: "Images are not served", where: "both", prefix: "/img" },
      ],
    },
  },
  "send-files": {
    token: "0123456789abcdef0123456789abcdef",
    settings: settings(["send-files", "/private = /srv/my reports"], ["throttle", "/a 1r/s"]),
    mounts: [{ prefix: "/api", upstream: { wire: "uwsgi", sockets: ["hello.api.sock"] } }],
  },
  headers: {
    settings: settings(
      ["headers", "strict"],
      ["headers", "/embed off"],
      ["add-header", "/drafts X-Robots-Tag: noindex"],
      ["gzip", "true"],
    ),
  },
  "to-app": {
    settings: settings(
      ["timeout", "/export 10m"],
      ["client-max-body-size", "/upload 2g"],
      ["buffering", "/slow on"],
      ["tries", "2"],
      ["request-id", "true"],
    ),
  },
  log: { settings: settings(["access-log", "access.log"], ["status-path", "/_nginx"]) },
  "log-json": { settings: settings(["access-log", "access.log format=json"]) },
  tls: {
    settings: settings(
      ["server-name", "example.com"],
      ["tls", "cert.pem key.pem"],
      ["hsts", "365d subdomains"],
      ["client-certificate", "cert.pem"],
      ["auth", "/partner certificate"],
      ["http3", "true"],
    ),
  },
  ocsp: {
    settings: settings(["listen", "8443"], ["tls", "cert.pem key.pem"], ["ocsp", "cert.pem"]),
  },
  http3: {
    nginx: { version: "1.26.3", modules: new Set([...USUAL_CAPABILITIES.modules, "http_v3"]) },
    settings: settings(["listen", "8443"], ["tls", "cert.pem key.pem"], ["http3", "true"]),
  },
  "other-hosts": {
    settings: settings(["server-name", "example.com"], ["other-hosts", "refuse"]),
  },
  acme: {
    settings: settings(["server-name", "example.com"], ["acme", "certbot"]),
    exists: () => false,
  },
  "acme-nginx": {
    nginx: { version: "1.29.0", modules: new Set([...USUAL_CAPABILITIES.modules, "http_acme"]) },
    settings: settings(
      ["server-name", "example.com www.example.com *.example.com"],
      ["acme", "nginx email=me@example.com resolver=127.0.0.1 resolver=[::1]:5353"],
    ),
  },
  maintenance: { settings: settings(["maintenance-page", "down.html"], ["retry-after", "5m"]) },
  "static-root": { settings: settings(["static", "/ = dist"]) },
  "odd-paths": {
    name: "1.odd",
    file: "/home/me/odd\nserver {}.ini",
    chdir: "/srv/a b;{c} \"d\" 'e' \\f #g $h",
    settings: settings(["static", '/a b;{} "c" = /srv/x y;{z} "q" #'], ["include", "no*.conf"]),
  },
};

for (const [name, changes] of Object.entries(variants))
  test(`the site is as its golden file: ${name}`, () => {
    const text = siteText(changes);
    const file = path.join(golden, `${name}.conf`);
    // Kept out of src: only a developer's own run may write.
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
    assert.equal(text, readFileSync(file, "utf8"));
    assert.ok(text.startsWith(WRITTEN_BY));
    assert.ok(!/[ \t]$/m.test(text), "no space at the end of a line");
    assert.ok(!/.{111}/.test(text.replaceAll(/^.*(?:server|alias|location|include|ssl_ciphers) .*$/gm, "")));
  });

test("every golden file has its variant", () => {
  assert.deepEqual(
    readdirSync(golden).sort(),
    Object.keys(variants)
      .map((name) => `${name}.conf`)
      .sort(),
  );
});

test("the text depends on nothing but the input", () => {
  assert.equal(siteText(), siteText());
});

let own: PrivateSiteNginx;
let newer: PrivateSiteNginx;
const cleanUps: (() => Promise<void>)[] = [];
const scope = { after: (action: () => Promise<void>) => void cleanUps.push(action) };
before(async () => {
  if (withoutNginx !== false) return;
  own = privateSiteNginx(scope);
  if (noNewerNginx === false) newer = privateSiteNginx(scope, newerNginx());
  const [certificate, key] = ["cert.pem", "key.pem"].map((name) => path.join(own.directory, name));
  await makeSelfSigned({ certificate: certificate!, key: key!, names: ["localhost"] });
});
after(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

/** What NGINX says to a site that is written for it, its files in `own`. */
function tryOut({ nginx }: PrivateSiteNginx, changes: Partial<SiteInput>) {
  const state = path.join(own.directory, "state");
  mkdirSync(path.join(state, "cache"), { recursive: true });
  const text = siteText({ ...changes, nginx })
    .replaceAll("/var/cache/portico/nginx", state)
    .replaceAll("/var/www/app/access.log", path.join(own.directory, "access.log"))
    .replaceAll(/\/var\/www\/app\/((?:cert|key)\.pem)/g, `${own.directory}/$1`);
  return testSite(nginx, text, changes.name ?? "hello");
}

/** The module that it needs is in no package of Debian's. */
const UNTRIED = "acme-nginx";

function takes({ ok, detail }: { ok: boolean; detail: string }, name: string): void {
  assert.equal(ok, true, detail);
  // The pair there is signed by itself: see ocsp.test.ts.
  if (name === "ocsp") assert.match(detail, /^nginx: \[warn\] "ssl_stapling" ignored, [^\n]*$/);
  else assert.equal(detail, "");
}

test("a site that wants NGINX's ACME module is refused for one that has it not", () => {
  assert.throws(
    () => siteText({ ...variants[UNTRIED], nginx: USUAL_CAPABILITIES }),
    /^SiteError: hello\.ini:11: Cannot set acme: this NGINX has no ACME module/,
  );
});

for (const [name, changes] of Object.entries(variants)) {
  if (name === UNTRIED) continue;
  test(`NGINX takes it without a warning: ${name}`, { skip: withoutNginx }, async () => {
    takes(await tryOut(own, changes), name);
  });
  test(`a newer NGINX takes it without a warning: ${name}`, {
    skip: withoutNginx || noNewerNginx,
  }, async () => {
    takes(await tryOut(newer, changes), name);
  });
}

for (const count of [1, 2, 16, 32, 33, 64, 256])
  test(`the zone is large enough for ${count} workers`, { skip: withoutNginx }, async () => {
    const sockets = Array.from({ length: count }, (_, i) => `/run/${"long".repeat(20)}/hello.${i + 1}.sock`);
    const result = await testSite(own.nginx, siteText({ upstream: { wire: "http", sockets } }), "hello");
    assert.equal(result.ok, true, result.detail);
  });

for (const name of ["n".repeat(27), `${"long-name-".repeat(6)}xxxx`])
  test(`a long name makes no variables that NGINX refuses: ${name}`, { skip: withoutNginx }, async () => {
    const state = path.join(own.directory, "state");
    mkdirSync(path.join(state, "cache"), { recursive: true });
    const all = settings(
      ["cache", "/c user=cookie:a.b"],
      ["throttle", "/t 1r/s by=cookie:a.b"],
      ["connections", "5"],
      ["auth", "/a request /_auth"],
      ["static", "/ = dist expires=1d"],
      ["headers", "strict"],
      ["real-ip", "10.0.0.1 scheme=X-Scheme"],
      ["self-signed", "false"],
    );
    const text = siteText({ name, settings: all, stateFolder: state });
    const result = await testSite(own.nginx, text, name);
    assert.equal(result.ok, true, result.detail);
    // So many long names may want a larger hash; NGINX says so, makes one, and Portico says what helps.
    assert.match(result.detail, /^$|variables_hash_max_size 4096/);
  });

test("NGINX reads a quoted path as it was meant", { skip: withoutNginx }, async () => {
  const wanted = `/no/such a;{b} "c" 'd' \\e #f $g.conf`;
  const result = await testSite(own.nginx, siteText({ settings: settings(["include", wanted]) }), "hello");
  assert.equal(result.ok, false);
  assert.ok(result.detail.includes(`open() "${wanted}" failed`), result.detail);
});
