import assert from "node:assert/strict";
import { readFileSync, symlinkSync, utimesSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startPortico } from "../support/portico.ts";
import { hasNginx, startNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { pythonEnv } from "../support/python-env.ts";

const skip = !hasNginx() && "needs nginx";
const LARGE = "0123456789".repeat(100_000);

const FETCH = `export default (request, context) => {
  const { pathname, searchParams } = new URL(request.url);
  const path = searchParams.get("file");
  if (pathname === "/send") return context.sendFile(path, { "Content-Disposition": "attachment" });
  if (pathname === "/raw") return new Response("of the app", { headers: { "X-Accel-Redirect": path, "X-Other": "gone" } });
  return new Response("app " + pathname + " " + request.headers.get("x-portico-site"));
};`;
const LISTENER = `export default (req, res) => {
  const { pathname, searchParams } = new URL(req.url, "http://x");
  if (pathname !== "/raw") return res.end("app " + pathname + " " + req.headers["x-portico-site"]);
  res.setHeader("X-Accel-Redirect", searchParams.get("file"));
  res.end("of the app");
};`;
const FLASK = `from flask import Flask, Response, request
app = Flask(__name__)
@app.get("/raw")
def raw():
    return Response("of the app", headers={"X-Accel-Redirect": request.args["file"]}, mimetype="text/x-report")
@app.get("/<path:path>")
def other(path):
    return f"app /{path} {request.headers.get('X-Portico-Site')}"
`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    })
      .once("error", reject)
      .end();
  });
}

/** The app behind its own site, and asked directly; behind hand-written ones too where there is room for them. */
async function serve(t: TestContext, module: string, text: string, more = "") {
  const [site, direct, byHand] = [await freePort(), await freePort(), await freePort()];
  const dir = await projectWith(t, {
    [module.split(":")[0] as string]: text,
    "private/report.txt": "the report",
    "private/large.txt": LARGE,
    "private/.env": "secret",
    "outside.txt": "secret",
    "hello.ini": `[uwsgi]
module = ${module}
socket = hello.sock
http-socket = 127.0.0.1:${direct}
vacuum = true
nginx = private
${more}
[nginx]
listen = 127.0.0.1:${site}
send-files = /private = private
`,
  });
  symlinkSync("../outside.txt", join(dir, "private/link.txt"));
  utimesSync(join(dir, "private/report.txt"), 1e9, 1e9);
  const portico = await startPortico({
    dir,
    args: ["hello.ini"],
    env: { PORTICO_CACHE_DIR: join(dir, "cache") },
  });
  t.after(() => portico.stop());
  return { dir, portico, site, direct, byHand };
}

const apps = [
  { name: "a fetch handler", module: "hello.js", text: FETCH, ways: ["/send", "/raw"], more: "" },
  { name: "a node listener", module: "hello.js", text: LISTENER, ways: ["/raw"], more: "" },
  {
    name: "Flask",
    module: "wsgi.py:app",
    text: FLASK,
    ways: ["/raw"],
    more: `virtualenv = ${skip ? "" : pythonEnv()}`,
  },
] as const;

for (const { name, module, text, ways, more } of apps)
  describe(`files that ${name} authorises`, { skip }, () => {
    it("are the same from the site and asked for directly, and nobody gets others", async (t) => {
      const { site, direct } = await serve(t, module, text, more);
      for (const port of [site, direct]) {
        const who = port === site ? "the site" : "directly";
        for (const way of ways) {
          const whole = await ask(port, `${way}?file=/private/report.txt`);
          assert.deepEqual([whole.status, whole.body], [200, "the report"], `${who} ${way}`);
          assert.equal(whole.headers["x-accel-redirect"], undefined);
          assert.equal(whole.headers["x-other"], undefined);
          assert.equal(whole.headers["last-modified"], "Sun, 09 Sep 2001 01:46:40 GMT");
          if (way === "/send") assert.equal(whole.headers["content-disposition"], "attachment");
          if (name === "Flask") assert.match(String(whole.headers["content-type"]), /^text\/x-report/);
          // NGINX's own tag is the time and the length.
          assert.equal(whole.headers["etag"] === '"3b9aca00-a"', port === site, `${who}: who sent it`);
          const part = await ask(port, `${way}?file=/private/report.txt`, { Range: "bytes=4-9" });
          assert.deepEqual([part.status, part.body], [206, "report"], who);
          const old = await ask(port, `${way}?file=/private/report.txt`, {
            "If-None-Match": String(whole.headers["etag"]),
          });
          assert.deepEqual([old.status, old.body], [304, ""], who);
          assert.equal((await ask(port, `${way}?file=/private/large.txt`)).body, LARGE);
        }
        for (const file of [
          "none",
          ".env",
          "link.txt",
          "../outside.txt",
          "%252e%252e/outside.txt",
          "..%252foutside.txt",
        ]) {
          const { status, headers, body } = await ask(port, `/raw?file=/private/${file}`);
          assert.equal(status, 404, `${who} ${file}`);
          assert.doesNotMatch(body, /secret|of the app/, file);
          assert.equal(headers["x-accel-redirect"], undefined, file);
        }
        const { body } = await ask(port, "/private/report.txt");
        assert.doesNotMatch(body, /the report/);
      }
      // NGINX asks the app for it; whoever asked directly learns nothing of it.
      const { status, headers } = await ask(direct, "/raw?file=/its-own/x");
      // 502: behind the router it is a worker that answered what cannot be sent.
      assert.deepEqual([status, headers["x-accel-redirect"]], [name === "Flask" ? 502 : 500, undefined]);
    });
  });

describe("who may take X-Accel-Redirect", { skip }, () => {
  it("cannot be said by a client, directly or through a hand-written site, nor is it told to the app", async (t) => {
    const { dir, site, direct, byHand } = await serve(t, "hello.js", FETCH, "uwsgi-socket = old.sock");
    const nginx = await startNginx({
      http: `server { listen 127.0.0.1:${byHand};
        location /http/ { proxy_pass http://unix:${dir}/hello.1.sock:/; }
        location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:${dir}/old.sock; }
        location /its-own/ { internal; alias ${dir}/; }
      }`,
    });
    t.after(() => nginx.stop());
    const token = /X-Portico-Site ([0-9a-f]{32});/.exec(
      readFileSync(join(dir, ".portico/nginx/site.conf"), "utf8"),
    )?.[1];
    assert.ok(token);
    for (const [port, path] of [
      [direct, ""],
      [byHand, "/http"],
      [byHand, ""],
    ] as const)
      for (const said of ["1", "0".repeat(32)]) {
        const forged = { "X-Portico-Site": said };
        const { status, headers, body } = await ask(port, `${path}/send?file=/private/report.txt`, forged);
        assert.deepEqual([status, body, headers["x-accel-redirect"]], [200, "the report", undefined], path);
      }
    for (const port of [site, direct])
      assert.equal((await ask(port, "/x", { "X-Portico-Site": "mine" })).body, "app /x null");
    // A hand-written site has files of its own, too.
    assert.equal((await ask(byHand, "/http/raw?file=/its-own/outside.txt")).body, "secret");
  });
});
