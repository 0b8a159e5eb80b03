import assert from "node:assert/strict";
import { lstatSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { installSite } from "../../src/nginx/install.ts";
import { masterPid, workersOf } from "../../src/nginx/processes.ts";
import { removeSite } from "../../src/nginx/remove.ts";
import type { StepResult } from "../../src/nginx/steps.ts";
import { testSite } from "../../src/nginx/trial.ts";
import { poll } from "../support/poll.ts";
import {
  backend,
  freePort,
  get,
  type PrivateSiteNginx,
  privateSiteNginx,
  until,
  withoutNginx,
} from "./private-site-nginx.ts";
import { settings, siteText } from "./site-input.ts";

const skip = withoutNginx;

function site(own: PrivateSiteNginx, port: number, socket: string, more: [string, string][] = []): string {
  return siteText({
    chdir: own.directory,
    hasIpv6: false,
    upstream: { wire: "http", sockets: [socket] },
    settings: settings(["listen", `${port} default_server`], ...more),
  });
}

const outcomes = (results: readonly StepResult[]): string[] =>
  results.map(({ step, outcome }) => `${step}: ${outcome}`);

const ALL_DONE = ["site file: done", "site enabled: done", "nginx test: done", "nginx reloaded: done"];
const ALL_UNCHANGED = ALL_DONE.map((line) => line.replace("done", "unchanged"));

function workerPids(own: PrivateSiteNginx): number[] {
  return workersOf(masterPid(own.nginx)!).map(({ pid }) => pid);
}

test("a site is installed, NGINX started, and it answers", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  await backend(t, path.join(own.directory, "a.sock"), (_, response) => response.end("a"));
  const port = await freePort();
  const text = site(own, port, "a.sock");
  const told: string[] = [];
  const results = await installSite(own.nginx, text, "hello", {
    began: (step) => told.push(`begin ${step}`),
    ended: ({ step, outcome, ms }) => told.push(`${step}: ${outcome}${ms >= 0 ? "" : " in no time"}`),
  });
  assert.deepEqual(outcomes(results), ALL_DONE);
  assert.deepEqual(
    told,
    ALL_DONE.flatMap((line) => [`begin ${line.split(":")[0]}`, line]),
  );
  assert.equal((await get(port)).body, "a");
  const file = path.join(own.directory, "sites-available/hello.conf");
  assert.equal(readFileSync(file, "utf8"), text);
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.equal(readlinkSync(path.join(own.directory, "sites-enabled/hello")), file);
  assert.deepEqual(own.list("sites-available"), ["hello.conf"]);
  assert.deepEqual(own.list("sites-enabled"), ["hello"]);
});

test("again: nothing changes, and NGINX is not reloaded", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const text = site(own, await freePort(), "a.sock");
  await installSite(own.nginx, text, "hello");
  const pids = workerPids(own);
  assert.deepEqual(outcomes(await installSite(own.nginx, text, "hello")), ALL_UNCHANGED);
  assert.deepEqual(workerPids(own), pids);
});

test("a file that is there but not in force is brought into force", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const [first, second] = [await freePort(), await freePort()];
  await installSite(own.nginx, site(own, first, "a.sock"), "hello");
  const changed = site(own, second, "a.sock");
  writeFileSync(path.join(own.directory, "sites-available/hello.conf"), changed);
  const results = await installSite(own.nginx, changed, "hello");
  assert.deepEqual(outcomes(results), [
    "site file: unchanged",
    "site enabled: unchanged",
    "nginx test: done",
    "nginx reloaded: done",
  ]);
  assert.equal((await get(second)).status, 502);
});

test("an update under a stream of requests fails none of them", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  await backend(t, path.join(own.directory, "a.sock"), (_, response) => response.end("a"));
  await backend(t, path.join(own.directory, "b.sock"), (_, response) => response.end("b"));
  const port = await freePort();
  await installSite(own.nginx, site(own, port, "a.sock"), "hello");
  const seen = { a: 0, b: 0 };
  let going = true;
  const client = async (): Promise<void> => {
    while (going) {
      const { status, body } = await get(port);
      assert.equal(status, 200);
      seen[body as "a" | "b"]++;
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  for (const socket of ["b.sock", "a.sock", "b.sock"]) {
    const results = await installSite(own.nginx, site(own, port, socket), "hello");
    assert.equal(results.at(-1)?.outcome, "done", results.at(-1)!.detail);
    // From here on it is in force: no request is answered by the old site.
    for (let i = 0; i < 10; i++) assert.equal((await get(port)).body, socket[0]);
  }
  going = false;
  await clients;
  assert.ok(seen.a > 10 && seen.b > 10, JSON.stringify(seen));
});

test("a site that NGINX refuses is taken back, the old one goes on", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  await backend(t, path.join(own.directory, "a.sock"), (_, response) => response.end("a"));
  const port = await freePort();
  const good = site(own, port, "a.sock");
  await installSite(own.nginx, good, "hello");
  // The master says that it runs before it has made them all.
  const pids = await poll(
    () => workerPids(own),
    ({ length }) => length === 2,
  );
  writeFileSync(path.join(own.directory, "broken.conf"), "no_such_directive on;\n");
  const results = await installSite(
    own.nginx,
    site(own, port, "a.sock", [["include", "broken.conf"]]),
    "hello",
  );
  const last = results.at(-1)!;
  assert.deepEqual([last.step, last.outcome], ["nginx test", "failed"]);
  assert.match(last.detail, /unknown directive "no_such_directive" in \S+\/broken\.conf:1/);
  assert.match(last.detail, /Taken back/);
  assert.equal(readFileSync(path.join(own.directory, "sites-available/hello.conf"), "utf8"), good);
  assert.deepEqual(workerPids(own), pids);
  assert.equal((await get(port)).body, "a");
  assert.deepEqual(outcomes(await installSite(own.nginx, good, "hello")).at(-1), "nginx reloaded: done");
});

test("a first site that is refused leaves nothing behind", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const text = `${site(own, await freePort(), "a.sock")}server { listen nowhere.invalid:80; }\n`;
  const results = await installSite(own.nginx, text, "hello");
  assert.equal(results.at(-1)?.outcome, "failed");
  assert.match(results.at(-1)!.detail, /host not found in "nowhere\.invalid:80"/);
  assert.deepEqual([own.list("sites-available"), own.list("sites-enabled")], [[], []]);
  assert.equal(masterPid(own.nginx), undefined);
});

test("a port that something else has: NGINX keeps what it had, the message says so", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  await backend(t, path.join(own.directory, "a.sock"), (_, response) => response.end("a"));
  const port = await freePort();
  await installSite(own.nginx, site(own, port, "a.sock"), "hello");
  const other = privateSiteNginx(t);
  const taken = await freePort();
  await installSite(other.nginx, site(other, taken, "a.sock"), "other");
  const results = await installSite(own.nginx, site(own, taken, "a.sock"), "hello");
  const last = results.at(-1)!;
  assert.deepEqual([last.step, last.outcome], ["nginx reloaded", "failed"]);
  assert.match(last.detail, new RegExp(`bind\\(\\) to 0\\.0\\.0\\.0:${taken} failed`));
  assert.match(last.detail, /Another program listens/);
  assert.match(last.detail, /Taken back/);
  assert.equal((await get(port)).body, "a");
});

test("a port that something else has, NGINX not running: it does not start", { skip }, async (t) => {
  const other = privateSiteNginx(t);
  const taken = await freePort();
  await installSite(other.nginx, site(other, taken, "a.sock"), "other");
  const own = privateSiteNginx(t);
  const results = await installSite(own.nginx, site(own, taken, "a.sock"), "hello");
  assert.match(results.at(-1)!.detail, /NGINX did not start.*bind\(\) to.*Another program listens on/s);
  assert.deepEqual([own.list("sites-available"), own.list("sites-enabled")], [[], []]);
});

for (const [name, why] of [
  ["another", "NGINX reads it first"],
  ["zebra", "NGINX reads it last"],
] as const)
  test(`two default servers on one port: the other file is named (${why})`, { skip }, async (t) => {
    const own = privateSiteNginx(t);
    const port = await freePort();
    const other = path.join(own.directory, "sites-enabled", name);
    writeFileSync(other, `server {\n  server_name x;\n  listen ${port} default_server;\n}\n`);
    const results = await installSite(own.nginx, site(own, port, "a.sock"), "hello");
    const { detail } = results.at(-1)!;
    assert.match(detail, new RegExp(`a duplicate default server for 0\\.0\\.0\\.0:${port}`));
    assert.ok(detail.includes(`${other}:3 is the default server for 0.0.0.0:${port} already`), detail);
    assert.ok(detail.includes(`rm ${other}`), detail);
  });

test("another site's mistake is not blamed on this one", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const other = path.join(own.directory, "sites-enabled/other");
  writeFileSync(other, "mistake;\n");
  const results = await installSite(own.nginx, site(own, await freePort(), "a.sock"), "hello");
  assert.ok(results.at(-1)!.detail.includes(`It is ${other} that NGINX refuses, not this site`));
});

test("a file that Portico did not write is left as it is, by install and by remove", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const file = path.join(own.directory, "sites-available/hello.conf");
  writeFileSync(file, "# mine\n");
  const text = site(own, await freePort(), "a.sock");
  const install = await installSite(own.nginx, text, "hello");
  assert.deepEqual(outcomes(install), ["site file: failed"]);
  assert.match(install[0]!.detail, /hello\.conf was not written by Portico and is left as it is/);
  assert.deepEqual(outcomes(await removeSite(own.nginx, "hello")), ["site file: failed"]);
  assert.equal(readFileSync(file, "utf8"), "# mine\n");
  // The same text by other hands is as good.
  writeFileSync(file, text);
  assert.deepEqual(outcomes(await installSite(own.nginx, text, "hello")), [
    "site file: unchanged",
    ...ALL_DONE.slice(1),
  ]);
});

test("a link or file of somebody's own in sites-enabled is left as it is", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const text = site(own, await freePort(), "a.sock");
  const link = path.join(own.directory, "sites-enabled/hello");
  writeFileSync(link, "# mine\n");
  const asFile = await installSite(own.nginx, text, "hello");
  assert.deepEqual(outcomes(asFile), ["site file: done", "site enabled: failed"]);
  assert.deepEqual(own.list("sites-available"), []);
  writeFileSync(path.join(own.directory, "sites-available/mine"), "# mine\n");
  rmSync(link);
  symlinkSync("../sites-available/mine", link);
  const asLink = await installSite(own.nginx, text, "hello");
  assert.match(asLink.at(-1)!.detail, /it links to \.\.\/sites-available\/mine, which Portico did not write/);
  assert.equal(readlinkSync(link), "../sites-available/mine");
});

test("a site that is enabled under another name is not enabled twice", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const link = path.join(own.directory, "sites-enabled/10-hello");
  symlinkSync("../sites-available/hello.conf", link);
  const results = await installSite(own.nginx, site(own, await freePort(), "a.sock"), "hello");
  assert.deepEqual(outcomes(results), ["site file: done", "site enabled: unchanged", ...ALL_DONE.slice(2)]);
  assert.deepEqual(own.list("sites-enabled"), ["10-hello"]);
});

test("remove takes file and link away and NGINX goes on; again there is nothing to do", {
  skip,
}, async (t) => {
  const own = privateSiteNginx(t);
  const [first, second] = [await freePort(), await freePort()];
  await installSite(own.nginx, site(own, first, "a.sock"), "hello");
  await installSite(own.nginx, site(own, second, "a.sock").replaceAll("portico_hello", "portico_two"), "two");
  assert.deepEqual(outcomes(await removeSite(own.nginx, "hello")), ALL_DONE);
  assert.deepEqual([own.list("sites-available"), own.list("sites-enabled")], [["two.conf"], ["two"]]);
  assert.equal((await get(second)).status, 502);
  await assert.rejects(get(first), { code: "ECONNREFUSED" });
  assert.deepEqual(outcomes(await removeSite(own.nginx, "hello")), ALL_UNCHANGED);
  await own.stop();
  assert.deepEqual(outcomes(await removeSite(own.nginx, "two")).at(-1), "nginx reloaded: unchanged");
  assert.equal(masterPid(own.nginx), undefined);
});

test("what cannot be removed, because NGINX would refuse the rest, is put back", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const port = await freePort();
  await installSite(own.nginx, site(own, port, "a.sock"), "hello");
  writeFileSync(
    path.join(own.directory, "sites-enabled/other"),
    `server { listen ${port}; server_name x; location / { proxy_pass http://$portico_hello_host; } }\n`,
  );
  const results = await removeSite(own.nginx, "hello");
  assert.match(results.at(-1)!.detail, /unknown "portico_hello_host" variable/);
  assert.equal((await get(port)).status, 502);
  assert.ok(lstatSync(path.join(own.directory, "sites-enabled/hello")).isSymbolicLink());
  assert.deepEqual(own.list("sites-available"), ["hello.conf"]);
});

test("a trial touches nothing, and sees the other sites", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const port = await freePort();
  await installSite(own.nginx, site(own, port, "a.sock"), "hello");
  const pids = workerPids(own);
  const files = [own.list("sites-available"), own.list("sites-enabled"), own.list(".")];
  assert.deepEqual(await testSite(own.nginx, site(own, await freePort(), "b.sock"), "hello"), {
    ok: true,
    detail: "",
    context: process.getuid?.() === 0 ? "machine" : "alone",
  });
  const broken = await testSite(own.nginx, "# one\nserver { listn 80; }\n", "hello");
  assert.equal(broken.ok, false);
  assert.match(broken.detail, /unknown directive "listn" in \S+sites-enabled\/hello:2/);
  if (process.getuid?.() === 0) {
    const text = site(own, port, "b.sock").replaceAll("portico_hello", "portico_two");
    const clash = await testSite(own.nginx, text, "two");
    assert.match(clash.detail, /sites-enabled\/hello:\d+ is the default server for/);
  }
  assert.deepEqual([own.list("sites-available"), own.list("sites-enabled"), own.list(".")], files);
  assert.deepEqual(workerPids(own), pids);
});

test("where nginx.conf does not include sites-enabled, the message says what to add", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  const elsewhere = { ...own.nginx, enabledPattern: undefined };
  const results = await installSite(elsewhere, site(own, await freePort(), "a.sock"), "hello");
  assert.match(results[0]!.detail, /does not include .*sites-enabled: add "include /);
  assert.deepEqual(own.list("sites-available"), []);
});

test("old workers finish what they have while new ones take over", { skip }, async (t) => {
  const own = privateSiteNginx(t);
  let release = (): void => {};
  let arrived = (): void => {};
  const inApp = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await backend(t, path.join(own.directory, "a.sock"), (_, response) => {
    release = () => response.end("late");
    arrived();
  });
  await backend(t, path.join(own.directory, "b.sock"), (_, response) => response.end("b"));
  const port = await freePort();
  await installSite(own.nginx, site(own, port, "a.sock"), "hello");
  const old = workerPids(own);
  const late = get(port);
  await inApp;
  await installSite(own.nginx, site(own, port, "b.sock"), "hello");
  assert.equal((await get(port)).body, "b");
  assert.ok(workersOf(masterPid(own.nginx)!).some(({ pid, leaving }) => old.includes(pid) && leaving));
  release();
  assert.equal((await late).body, "late");
  await until("the old workers are gone", () => workerPids(own).every((pid) => !old.includes(pid)));
});
