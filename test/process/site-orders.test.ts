import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startPortico } from "../support/portico.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const skip = !hasNginx() && "needs nginx";
const APP = `let n = 0;
export default () => new Response("answer " + ++n);
`;

async function serve(t: TestContext, site: string, nginx = "private") {
  const port = await freePort();
  const dir = await projectWith(t, {
    "hello.js": APP,
    "hello.ini": `[uwsgi]
module = hello
socket = hello.sock
processes = 1
vacuum = true
nginx = ${nginx}
[nginx]
listen = 127.0.0.1:${port} default_server
${site}
`,
    "page.html": "<h1>New disks</h1>",
  });
  const env = { PORTICO_CACHE_DIR: join(dir, "cache") };
  const portico = await startPortico({ dir, args: ["hello.ini"], env });
  t.after(() => portico.stop());
  return {
    get: async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return { status: answer.status, text: await answer.text(), cache: answer.headers.get("x-cache") };
    },
    order: (...args: string[]) => runPortico(args, { dir, runtime: portico.runtime, env }),
    dir,
    runtime: portico.runtime,
  };
}

describe("portico cache purge", { skip }, () => {
  it("forgets a path with all its queries and hosts, or everything, and nothing else", async (t) => {
    const { get, order } = await serve(t, "cache = 1h");
    const seen = async (path: string) => (await get(path)).text;
    const first = {
      news: await seen("/news"),
      page: await seen("/news?page=2"),
      other: await seen("/newsletter"),
    };
    assert.equal((await get("/news")).cache, "HIT");
    const purged = await order("cache", "purge", "hello.ini", "/news");
    assert.equal(purged.stdout, "2 answers of hello purged\n", purged.stderr);
    assert.notEqual(await seen("/news"), first.news);
    assert.notEqual(await seen("/news?page=2"), first.page);
    assert.equal(await seen("/newsletter"), first.other);
    assert.equal((await order("cache", "purge", "hello.ini", "--all")).stdout, "3 answers of hello purged\n");
    assert.notEqual(await seen("/newsletter"), first.other);
    assert.equal(
      (await order("cache", "purge", "hello.ini", "/never/asked")).stdout,
      "0 answers of hello purged\n",
    );
    const bad = await order("cache", "purge", "hello.ini", "news");
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /expected a path that begins with a slash/);
    for (const args of [
      ["purge"],
      ["purge", "hello.ini"],
      ["clear", "hello.ini", "/"],
      ["purge", "hello.ini", "/", "--all"],
    ])
      assert.equal((await order("cache", ...args)).status, 2, String(args));
  });

  it("says that there is no cache", async (t) => {
    const { order } = await serve(t, "");
    const { status, stderr } = await order("cache", "purge", "hello.ini", "/");
    assert.equal(status, 2);
    assert.match(stderr, /hello has no cache/);
  });
});

describe("portico maintenance", { skip }, () => {
  it("puts the site out of service and back, from the next request on", async (t) => {
    const { get, order, runtime } = await serve(t, "maintenance-page = page.html");
    assert.equal((await order("maintenance", "status", "hello.ini")).stdout, "hello is in service\n");
    const on = await order("maintenance", "on", "hello.ini", "--message", "new disks; back at noon");
    assert.equal(on.status, 0, on.stderr);
    const down = await get("/anything");
    assert.deepEqual([down.status, down.text], [503, "<h1>New disks</h1>"]);
    assert.match(
      (await order("maintenance", "status", "hello.ini")).stdout,
      /^hello is in maintenance since [\d-]+ [\d:]+ UTC \(new disks; back at noon\)\n$/,
    );
    assert.equal(statSync(runtime).mode & 0o777, 0o711);
    assert.equal((await order("maintenance", "off", "hello.ini")).stdout, "hello is in service\n");
    assert.equal((await get("/anything")).status, 200);
    assert.equal((await order("maintenance", "off", "hello.ini")).status, 0);
    for (const args of [
      ["on"],
      ["up", "hello.ini"],
      ["off", "hello.ini", "--message", "x"],
      ["on", "hello.ini", "--message", "a\nb"],
    ])
      assert.equal((await order("maintenance", ...args)).status, 2, String(args));
  });

  it("is refused where no site would look for it", async (t) => {
    const { order, dir, runtime } = await serve(t, "");
    const elsewhere = await runPortico(["maintenance", "on", "hello.ini"], {
      dir,
      runtime: join(dir, "other-run"),
    });
    assert.equal(elsewhere.status, 2);
    assert.match(elsewhere.stderr, /does not look for .*other-run/);
    writeFileSync(join(dir, "other.ini"), "[uwsgi]\nmodule = hello\n");
    const none = await runPortico(["maintenance", "on", "other.ini"], { dir, runtime });
    assert.equal(none.status, 2);
    assert.equal((await order("maintenance", "status", "hello.ini")).stdout, "hello is in service\n");
  });

  it("reaches a private NGINX of which the ini does not speak: the command line asked for it", async (t) => {
    const { get, order, dir } = await serve(t, "");
    const ini = join(dir, "hello.ini");
    writeFileSync(ini, readFileSync(ini, "utf8").replace("nginx = private\n", ""));
    assert.equal((await order("maintenance", "on", "hello.ini")).status, 0);
    assert.equal((await get("/")).status, 503);
    assert.equal((await order("maintenance", "off", "hello.ini")).status, 0);
    assert.equal((await get("/")).status, 200);
  });
});
