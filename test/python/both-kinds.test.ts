import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../support/http-client.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { hasNginx, type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { pythonEnv } from "../support/python-env.ts";
import { runPortico } from "../support/run-portico.ts";

const SITE = (text: string) => `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") return new Response("site got " + (await request.text()));
    return new Response(${JSON.stringify(text)} + " " + pathname + " by " + process.pid);
  },
};
`;
const API = (text: string) => `import os
from flask import Flask, request, url_for
app = Flask(__name__)

@app.get("/hello")
def hello():
    return f"${text} {request.script_root} {request.path} {url_for('hello')} by {os.getpid()}"

@app.post("/echo")
def echo():
    return "api got " + request.get_data(as_text=True)
`;

describe("a TypeScript app at / and a Flask app at /api", { skip: !hasNginx() && "needs nginx" }, () => {
  let dir: string;
  let portico: RunningPortico;
  let nginx: PrivateNginx;
  const clients: Record<string, HttpClient> = {};

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "portico-both-"));
    await chmod(dir, 0o755);
    await mkdir(join(dir, "api"));
    const port = await freePort();
    await writeFile(join(dir, "site.ts"), SITE("site"));
    await writeFile(join(dir, "api/wsgi.py"), API("api"));
    await writeFile(
      join(dir, "hello.ini"),
      `[uwsgi]
module = site
mount = /api=api.wsgi:app
virtualenv = ${pythonEnv()}
socket = hello.sock
http-socket = 127.0.0.1:0
processes = 2
vacuum = true
[nginx]
listen = 127.0.0.1:${port}
`,
    );
    portico = await startPortico({ dir, args: ["hello.ini"] });
    const { status, stdout, stderr } = await runPortico(["nginx", "print", "hello.ini"], portico);
    assert.equal(status, 0, stderr);
    nginx = await startNginx({ http: stdout });
    clients["HTTP"] = new HttpClient(portico.port);
    clients["the site that Portico writes"] = new HttpClient(port);
  });
  after(async () => {
    for (const client of Object.values(clients)) client.close();
    await nginx?.stop();
    await portico?.stop();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  const pids = async (pool: string): Promise<number[]> =>
    (await portico.status()).workers.filter((worker) => worker.pool === pool).map(({ pid }) => pid);

  for (const way of ["HTTP", "the site that Portico writes"])
    it(`behind ${way} each path goes to its own app and its own workers`, async () => {
      const client = clients[way]!;
      const [site, api] = [await pids("hello"), await pids("/api")];
      for (const path of ["/", "/apis", "/a/api", "/a%2Fapi"]) {
        const [, answered, pid] = /^site (\S+) by (\d+)$/.exec((await client.ask(path)).body) ?? [];
        assert.equal(answered, path);
        assert.ok(site.includes(Number(pid)));
      }
      const { body } = await client.ask("/api/hello");
      const [, pid] = /^api \/api \/hello \/api\/hello by (\d+)$/.exec(body) ?? assert.fail(body);
      assert.ok(api.includes(Number(pid)));
      assert.equal((await client.ask("/api")).status, 404);
      const post = { method: "POST", body: "a body" };
      assert.equal((await client.ask("/", post)).body, "site got a body");
      assert.equal((await client.ask("/api/echo", post)).body, "api got a body");
    });

  it("takes chunked bodies, by either way and in either app", async () => {
    async function* body() {
      yield Buffer.from("in ");
      yield Buffer.from("chunks");
    }
    for (const [way, client] of Object.entries(clients))
      for (const [path, app] of Object.entries({ "/": "site", "/api/echo": "api" }))
        assert.equal(
          (await client.ask(path, { method: "POST", body: body() })).body,
          `${app} got in chunks`,
          way,
        );
  });

  it("has its own lines in status", async () => {
    const { stdout } = await runPortico(["status", String(portico.pid)], portico);
    const rows = stdout.split("\n").map((line) => /^ {2}(\S+(?: \d+)?) {2,}\d+/.exec(line)?.[1]);
    assert.deepEqual(
      rows.filter((row) => row !== undefined),
      ["master", "worker 1", "worker 2", "/api 1", "/api 2"],
    );
  });

  it("reloads one app alone, by --app", async () => {
    const before = { site: await pids("hello"), api: await pids("/api") };
    await writeFile(join(dir, "api/wsgi.py"), API("new api"));
    await writeFile(join(dir, "site.ts"), SITE("new site"));
    const { status, stdout, stderr } = await runPortico(["reload", "hello", "--app", "/api"], portico);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "/api of hello is reloaded: generation 2\n");
    assert.deepEqual(await pids("hello"), before.site);
    const api = await pids("/api");
    assert.equal(api.length, 2);
    assert.ok(api.every((pid) => !before.api.includes(pid)));
    for (const client of Object.values(clients)) {
      assert.match((await client.ask("/api/hello")).body, /^new api /);
      assert.match((await client.ask("/")).body, /^site /);
    }
    const site = await runPortico(["reload", "--app=hello", "hello.ini"], portico);
    assert.equal(site.stdout, "hello is reloaded: generation 2\n");
    assert.deepEqual(await pids("/api"), api);
    for (const client of Object.values(clients)) assert.match((await client.ask("/")).body, /^new site /);
  });

  it("refuses a reload of an app that cannot be loaded, or is not there, and goes on", async () => {
    const api = await pids("/api");
    await writeFile(join(dir, "api/wsgi.py"), "import not_there\n");
    const refused = await runPortico(["reload", "hello", "--app", "/api"], portico);
    assert.equal(refused.status, 5);
    assert.match(refused.stderr, /the reload of \/api of hello failed.*[\s\S]*No module named 'not_there'/);
    assert.deepEqual(await pids("/api"), api);
    const unknown = await runPortico(["reload", "hello", "--app", "/apis"], portico);
    assert.equal(unknown.status, 5);
    assert.match(unknown.stderr, /there is no app \/apis, only hello, \/api/);
    const none = await runPortico(["reload", "hello", "--app"], portico);
    assert.equal(none.status, 2);
    for (const client of Object.values(clients)) assert.equal((await client.ask("/api/hello")).status, 200);
  });
});
