import assert from "node:assert/strict";
import { test } from "node:test";
import { exitStatusOf } from "../../src/cli/exit-status-of.ts";
import { findDirectives, parseConf } from "../../src/nginx/conf.ts";
import { printSite } from "../../src/nginx/print.ts";
import { createSite, type Site } from "../../src/nginx/site.ts";
import { SiteError } from "../../src/nginx/site-error.ts";
import { settings, siteInput } from "./site-input.ts";

/** What stands behind each directive of that name. */
const says = (made: Site, name: string): string[] =>
  findDirectives(parseConf(printSite(made)), name).map(({ args }) => args.join(" "));

const site = (...pairs: (readonly [string, string])[]) =>
  createSite(siteInput({ settings: settings(...pairs) }));

test("without settings it listens on 5000 as default server, on IPv4 and IPv6", () => {
  assert.deepEqual(site().listen, [
    ["5000", "default_server"],
    ["[::]:5000", "default_server"],
  ]);
  assert.deepEqual(site().serverNames, ["_"]);
  assert.deepEqual(says(site(), "client_max_body_size"), ["100m"]);
  assert.deepEqual(says(site(), "proxy_read_timeout"), ["60s"]);
});

test("without IPv6 on the machine, or with ipv6 = false, it listens on IPv4 only", () => {
  assert.deepEqual(createSite(siteInput({ hasIpv6: false })).listen, [["5000", "default_server"]]);
  assert.deepEqual(site(["ipv6", "false"]).listen, [["5000", "default_server"]]);
});

test("only a bare port is listened to twice, and not where its IPv6 twin is set", () => {
  assert.deepEqual(site(["listen", "127.0.0.1:80"], ["listen", ":81 reuseport"]).listen, [
    ["127.0.0.1:80"],
    ["81", "reuseport"],
    ["[::]:81", "reuseport"],
  ]);
  assert.deepEqual(site(["listen", "80"], ["listen", "[::]:80 ipv6only=on"]).listen, [
    ["80"],
    ["[::]:80", "ipv6only=on"],
  ]);
});

test("the body limit is what is set, else limit-post, else 100m", () => {
  const size = (limitPost: number, ...pairs: (readonly [string, string])[]) =>
    says(createSite(siteInput({ limitPost, settings: settings(...pairs) })), "client_max_body_size")[0];
  assert.equal(size(5 * 1024 * 1024), "5m");
  assert.equal(size(2 * 1024 ** 3), "2g");
  assert.equal(size(1536), "1536");
  assert.equal(size(4096), "4k");
  assert.equal(size(4096, ["client-max-body-size", "0"]), "0");
  assert.equal(size(0, ["client-max-body-size", "20M"]), "20m");
});

test("the timeout is what is set, else harakiri and a margin, else 60s", () => {
  const timeout = (harakiri: number, ...pairs: (readonly [string, string])[]) =>
    says(createSite(siteInput({ harakiri, settings: settings(...pairs) })), "proxy_send_timeout");
  assert.deepEqual(timeout(30), ["35s"]);
  assert.deepEqual(timeout(30, ["timeout", "90"]), ["90s"]);
  assert.deepEqual(timeout(0, ["timeout", "1h"]), ["1h"]);
});

test("static paths are taken from chdir, and [nginx] goes before static-map", () => {
  const made = createSite(
    siteInput({
      settings: settings(["static", "/static/ = ./public"], ["static", "/robots.txt=robots.txt"]),
      staticMap: [
        ["/static", "/elsewhere"],
        ["/img", "images/"],
        ["/img/", "second"],
      ],
    }),
  );
  assert.deepEqual(says(made, "alias"), [
    "/var/www/app/public/",
    "/var/www/app/images/",
    "/var/www/app/robots.txt",
  ]);
  assert.deepEqual(says(made, "location").slice(1, 4), ["/static/", "/img/", "= /robots.txt"]);
});

test("relative sockets and includes are taken from chdir", () => {
  const made = createSite(
    siteInput({
      chdir: "/srv/[a] b",
      settings: settings(["include", "nginx/*.conf"], ["include", "/etc/x.conf"]),
      upstream: { wire: "uwsgi", sockets: ["hello.sock", "/run/h.sock"] },
    }),
  );
  assert.deepEqual(made.servers, ["unix:/srv/[a] b/hello.sock", "unix:/run/h.sock"]);
  assert.deepEqual(says(made, "include"), ["/srv/\\[a] b/nginx/*.conf", "/etc/x.conf"]);
});

test("ids are safe and unlike for unlike names", () => {
  const names = [
    "hello",
    "http",
    "my-app",
    "my_app",
    "My-App",
    "my.app",
    "1st",
    "x".repeat(33),
    "x".repeat(34),
  ];
  const ids = names.map((name) => createSite(siteInput({ name })).id);
  assert.equal(ids[0], "portico_hello");
  assert.equal(new Set(ids).size, names.length);
  for (const id of ids) assert.match(id, /^portico_[a-z0-9_]{1,27}$/);
});

const refused: (readonly [name: string, value: string, message: string])[] = [
  ["servername", "a", 'hello.ini:10: Unknown setting "servername" in [nginx]: did you mean server-name?'],
  ["server_name", "a", 'hello.ini:10: Unknown setting "server_name" in [nginx]: did you mean server-name?'],
  [
    "zzzzzzz",
    "a",
    'hello.ini:10: Unknown setting "zzzzzzz" in [nginx]: known are listen, ipv6, server-name, ',
  ],
  ["toString", "a", 'hello.ini:10: Unknown setting "toString" in [nginx]: known are'],
  [
    "listen",
    "80; }",
    'hello.ini:10: Cannot set listen: expected what NGINX\'s listen takes, such as 80, 5000 default_server or 127.0.0.1:8080: got "80; }"',
  ],
  ["listen", "80 default_server;", "hello.ini:10: Cannot set listen"],
  ["listen", "70000", "hello.ini:10: Cannot set listen"],
  ["listen", "host:0", "hello.ini:10: Cannot set listen"],
  ["listen", "", "hello.ini:10: Cannot set listen"],
  ["listen", "$host:80", "hello.ini:10: Cannot set listen"],
  ["listen", "unix:/a{b", "hello.ini:10: Cannot set listen"],
  ["server-name", "a; b", "hello.ini:10: Cannot set server-name: expected host names"],
  ["server-name", "a{", "hello.ini:10: Cannot set server-name"],
  ["server-name", "", "hello.ini:10: Cannot set server-name"],
  ["client-max-body-size", "lots", "hello.ini:10: Cannot set client-max-body-size: expected a size"],
  ["client-max-body-size", "1m;", "hello.ini:10: Cannot set client-max-body-size"],
  ["timeout", "0", "hello.ini:10: Cannot set timeout: expected a time"],
  ["timeout", "soon", "hello.ini:10: Cannot set timeout"],
  ["ipv6", "maybe", 'hello.ini:10: Cannot set ipv6: expected true or false: got "maybe"'],
  ["static", "public", 'hello.ini:10: Cannot set static: expected /prefix = path: got "public"'],
  ["static", "static=public", "hello.ini:10: Cannot set static"],
  ["static", "/static=", "hello.ini:10: Cannot set static"],
  ["static", "/static=/a/$host", "hello.ini:10: Cannot set static: expected a path without $"],
  ["include", "", "hello.ini:10: Cannot set include: expected a file"],
  ["cache", "/api soon", 'hello.ini:10: Cannot set cache: expected a time such as 60s, 5m or 1h: got "soon"'],
  ["cache", "/a/../b 10s", "hello.ini:10: Cannot set cache: expected a path such as /api"],
  ["cache", "/a%2fb", "hello.ini:10: Cannot set cache: expected a path"],
  ["cache", "/$host", "hello.ini:10: Cannot set cache: expected a path"],
  ["cache", "user=sid", "hello.ini:10: Cannot set cache: expected cookie:NAME or header:NAME"],
  ["cache", "user=cookie:a;b", "hello.ini:10: Cannot set cache: expected cookie:NAME"],
  ["cache", "key=x", "hello.ini:10: Cannot set cache: expected no other words than user=, bypass="],
  ["cache", "cookies=keep", "hello.ini:10: Cannot set cache: expected [/path] [TIME]"],
  ["cache-size", "big", "hello.ini:10: Cannot set cache-size: expected a size"],
  ["throttle", "/login often", "hello.ini:10: Cannot set throttle: expected [/path] and a rate"],
  ["throttle", "5r/h", "hello.ini:10: Cannot set throttle: expected [/path] and a rate"],
  ["throttle", "5r/s burst=x", "hello.ini:10: Cannot set throttle: expected burst=N"],
  ["throttle", "5r/s by=name", "hello.ini:10: Cannot set throttle: expected cookie:NAME or header:NAME"],
  ["connections", "/a 0", "hello.ini:10: Cannot set connections: expected a whole number, 1 or more"],
  ["real-ip", "everybody", "hello.ini:10: Cannot set real-ip: expected addresses and networks"],
  ["real-ip", "10.0.0.0/33", "hello.ini:10: Cannot set real-ip: expected addresses"],
  ["real-ip", "10.0.0.1 header=$x", "hello.ini:10: Cannot set real-ip: expected the name of a header field"],
  ["access", "/a", "hello.ini:10: Cannot set access: expected [/path] and addresses"],
  ["access", "/a 10.0.0.0/8; 1.2.3.4", "hello.ini:10: Cannot set access: expected [/path] and addresses"],
  ["auth", "/a", "hello.ini:10: Cannot set auth: expected [/path] basic FILE"],
  ["auth", "/a basic", "hello.ini:10: Cannot set auth: expected [/path] basic FILE"],
  ["auth", "/a basic $x", "hello.ini:10: Cannot set auth: expected a path without $"],
  ["auth", '/a basic x realm="a', "hello.ini:10: Cannot set auth: expected quotes that are closed"],
  ["auth", "/a request $host", "hello.ini:10: Cannot set auth: expected [/path] basic FILE"],
  ["auth", "/a request http://$host/x", "hello.ini:10: Cannot set auth: expected [/path] basic FILE"],
  ["auth", "/a certificate", "hello.ini:10: Cannot set auth: it wants client-certificate too"],
  ["satisfy", "/a some", "hello.ini:10: Cannot set satisfy: expected [/path] any or all"],
  ["static", "/a = b expires=soon", "hello.ini:10: Cannot set static: expected a time"],
  ["static", "/a = b fallback=../x", "hello.ini:10: Cannot set static: expected the name of a file"],
  ["send-files", "/ = x", "hello.ini:10: Cannot set send-files: expected /prefix = directory"],
  ["app", "/", "hello.ini:10: Cannot set app: expected paths"],
  ["other-hosts", "refuse", "hello.ini:10: Cannot set other-hosts: it wants server-name"],
  ["tls", "a.pem", "hello.ini:10: Cannot set tls: expected a certificate's file and its key's"],
  ["hsts", "long", "hello.ini:10: Cannot set hsts: expected a time"],
  ["redirect-https", "maybe", "hello.ini:10: Cannot set redirect-https: expected a port"],
  ["acme", "other", "hello.ini:10: Cannot set acme: expected certbot or lego"],
  ["headers", "some", "hello.ini:10: Cannot set headers: expected [/path] basic, strict or off"],
  ["add-header", "X: $host", "hello.ini:10: Cannot set add-header: expected [/path] Name: value"],
  ["add-header", "X", "hello.ini:10: Cannot set add-header: expected [/path] Name: value"],
  ["gzip", "11", "hello.ini:10: Cannot set gzip: expected true, false or a level"],
  ["tries", "0", "hello.ini:10: Cannot set tries: expected a whole number, 1 or more"],
  ["buffering", "/a", "hello.ini:10: Cannot set buffering: expected [/path] on or off"],
  ["access-log", "a.log format=x", "hello.ini:10: Cannot set access-log: expected a file"],
  ["access-log", "$host.log", "hello.ini:10: Cannot set access-log: expected a path without $"],
  ["status-path", "/", "hello.ini:10: Cannot set status-path: expected /path"],
  ["maintenance-page", "", "hello.ini:10: Cannot set maintenance-page: expected a file"],
  ["retry-after", "0", "hello.ini:10: Cannot set retry-after: expected a time"],
  ["include", "a\nserver {}", "hello.ini:10: Cannot set include: expected one line of plain text"],
];
for (const [name, value, message] of refused)
  test(`refused with file and line: ${name} = ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => site([name, value]),
      (error) => error instanceof SiteError && error.message.startsWith(message),
      message,
    );
  });

test("a site that cannot be written is a configuration that cannot be used", () => {
  try {
    site(["cache", "soon"]);
    assert.fail("it was written");
  } catch (error) {
    const { status, message } = exitStatusOf(error);
    assert.deepEqual([status, message.startsWith("hello.ini:10: Cannot set cache")], [2, true]);
  }
});

test("the same static prefix twice is refused on its second line", () => {
  assert.throws(
    () => site(["static", "/a=b"], ["static", "/a/=c"]),
    /^SiteError: hello\.ini:11: Cannot set static/,
  );
});

for (const name of ["", "a/b", "../x", ".hidden", "a b", "a\n", "x".repeat(65)])
  test(`a name that cannot be a file's is refused: ${JSON.stringify(name).slice(0, 20)}`, () => {
    assert.throws(() => createSite(siteInput({ name })), /Cannot name a site/);
  });

test("a site needs a socket, and one that can be written down", () => {
  assert.throws(() => createSite(siteInput({ upstream: { wire: "http", sockets: [] } })), /no socket/);
  assert.throws(
    () => createSite(siteInput({ upstream: { wire: "http", sockets: ["a\nb"] } })),
    /control characters/,
  );
  assert.throws(() => createSite(siteInput({ stateFolder: "/a/$x" })), /folder without \$/);
  assert.throws(
    () => createSite(siteInput({ staticMap: [["/a", "$x"]] })),
    /static-map: expected a path without/,
  );
});
