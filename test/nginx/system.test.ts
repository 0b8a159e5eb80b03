import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { reachable } from "../../src/nginx/answers.ts";
import { matchesPattern, readWithIncludes } from "../../src/nginx/included.ts";
import { masterPid } from "../../src/nginx/processes.ts";
import { findNginx, whyNotInstallable } from "../../src/nginx/system.ts";
import { nginxWords } from "../../src/nginx/words.ts";

let directory: string;
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), "portico-system-test-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** A program that says what some build of NGINX says to -V. */
function fakeNginx(name: string, says: string): string {
  const bin = path.join(directory, name);
  mkdirSync(bin, { recursive: true });
  const file = path.join(bin, "nginx");
  writeFileSync(file, `#!/bin/sh\ncat >&2 <<'END'\n${says}\nEND\n`);
  chmodSync(file, 0o755);
  return bin;
}

test("the parts of NGINX are where its build and its nginx.conf say", () => {
  const conf = path.join(directory, "etc");
  mkdirSync(path.join(conf, "sites-enabled"), { recursive: true });
  writeFileSync(
    path.join(conf, "nginx.conf"),
    "user www; # who\npid run/my.pid;\nhttp {\n  include sites-enabled/*.conf;\n}\n",
  );
  const searchPath = fakeNginx(
    "debian",
    `nginx version: nginx/1.22.1\nconfigure arguments: --with-cc-opt='-g -O2' --prefix=${directory}/prefix --conf-path=${conf}/nginx.conf --pid-path=/run/nginx.pid --error-log-path=stderr --with-http_v2_module --user=nobody`,
  );
  assert.deepEqual(findNginx({ searchPath: `relative::/nowhere:${searchPath}` }), {
    binary: path.join(searchPath, "nginx"),
    version: "1.22.1",
    modules: new Set(["http_v2"]),
    confFile: `${conf}/nginx.conf`,
    args: [],
    pidFile: `${directory}/prefix/run/my.pid`,
    errorLog: undefined,
    user: "www",
    sitesAvailable: `${conf}/sites-available`,
    sitesEnabled: `${conf}/sites-enabled`,
    enabledPattern: "*.conf",
    system: true,
  });
});

test("a build from source says little, and its defaults hold", () => {
  const searchPath = fakeNginx("source", "nginx version: openresty/1.25.3.1\nconfigure arguments:");
  const nginx = findNginx({ searchPath });
  assert.equal(nginx?.version, "1.25.3.1");
  assert.equal(nginx?.confFile, "/usr/local/nginx/conf/nginx.conf");
  assert.equal(nginx?.pidFile, "/usr/local/nginx/logs/nginx.pid");
  assert.equal(nginx?.errorLog, "/usr/local/nginx/logs/error.log");
  assert.equal(nginx?.user, "nobody");
  assert.match(
    whyNotInstallable(nginx!) ?? "",
    /does not include \/usr\/local\/nginx\/conf\/sites-enabled: add/,
  );
});

test("a program that is no NGINX is none", () => {
  assert.equal(findNginx({ binary: path.join(fakeNginx("other", "hello"), "nginx") }), undefined);
  assert.equal(findNginx({ binary: path.join(directory, "nothing") }), undefined);
});

test("directories that are missing are named", () => {
  const searchPath = fakeNginx("bare", "nginx version: nginx/1.22.1");
  const confFile = path.join(directory, "bare.conf");
  writeFileSync(confFile, "http { include bare-enabled/*; }\n");
  const places = { searchPath, confFile, sitesEnabled: path.join(directory, "bare-enabled") };
  const nginx = findNginx({ ...places, sitesAvailable: path.join(directory, "bare-available") })!;
  assert.deepEqual([nginx.args, nginx.system, nginx.enabledPattern], [["-c", confFile], false, "*"]);
  assert.match(whyNotInstallable(nginx) ?? "", /bare-available does not exist/);
});

test("a pid file that is empty, stale or somebody else's names no master", () => {
  const pidFile = path.join(directory, "some.pid");
  assert.equal(masterPid({ pidFile }), undefined);
  for (const text of ["", "\n", "0", "-1", "99999999", "nonsense", String(process.pid)]) {
    writeFileSync(pidFile, text);
    assert.equal(masterPid({ pidFile }), undefined, text);
  }
});

test("includes are followed, and a circle ends", () => {
  const file = path.join(directory, "a.conf");
  writeFileSync(file, "include parts/*.conf;\ninclude missing.conf;\n");
  mkdirSync(path.join(directory, "parts"));
  writeFileSync(path.join(directory, "parts/one.conf"), "one;\n");
  writeFileSync(path.join(directory, "parts/.hidden.conf"), "hidden;\n");
  assert.deepEqual(
    readWithIncludes(file, directory).map((read) => path.relative(directory, read.file)),
    ["a.conf", "parts/one.conf"],
  );
  writeFileSync(file, "include a.conf;\n");
  assert.ok(readWithIncludes(file, directory).length < 20);
});

test("patterns take names as a shell's do", () => {
  for (const [pattern, name, taken] of [
    ["*", "hello", true],
    ["*", ".hello.1", false],
    ["*.conf", "hello.conf", true],
    ["*.conf", "helloxconf", false],
    ["h?llo", "hello", true],
    ["hello", "hello", true],
  ] as const)
    assert.equal(matchesPattern(pattern, name), taken, `${pattern} ${name}`);
});

test("where a listen directive is reached", () => {
  for (const [listen, target] of [
    ["5000", { host: "127.0.0.1", port: 5000 }],
    ["*:81", { host: "127.0.0.1", port: 81 }],
    ["0.0.0.0:82", { host: "127.0.0.1", port: 82 }],
    ["10.0.0.1", { host: "10.0.0.1", port: 80 }],
    ["localhost:83", { host: "localhost", port: 83 }],
    ["[::]:84", { host: "::1", port: 84 }],
    ["[fe80::1]:85", { host: "fe80::1", port: 85 }],
    ["[::1]", { host: "::1", port: 80 }],
    ["unix:/run/x.sock", { path: "/run/x.sock" }],
  ] as const)
    assert.deepEqual(reachable(listen), target, listen);
});

test("NGINX's words are the same from its log and its terminal, and said once", () => {
  assert.deepEqual(
    nginxWords(
      '2026/01/31 12:00:00 [emerg] 12#12: unknown directive "x" in /a:1\nnginx: [emerg] unknown directive "x" in /a:1\nnginx: configuration file /a test failed\n',
    ),
    ['nginx: [emerg] unknown directive "x" in /a:1'],
  );
});
