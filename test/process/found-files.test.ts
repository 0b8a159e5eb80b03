import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startPortico } from "../support/portico.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { DEBIAN_PYTHON, pythonEnv } from "../support/python-env.ts";
import { runPortico } from "../support/run-portico.ts";

const skip = !hasNginx() && "needs nginx";

const ini = (port: number, module: string, more = "", site = ""): string => `[uwsgi]
module = ${module}
socket = hello.sock
nginx = private
${more}
[nginx]
listen = 127.0.0.1:${port} default_server
${site}
`;

/** As it is sent, with no client's mind about dots. */
function get(
  port: number,
  path: string,
): Promise<{ status: number; cache: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () =>
        resolve({ status: response.statusCode!, cache: response.headers["cache-control"], body }),
      );
    })
      .once("error", reject)
      .end();
  });
}

/** Debian's own python3 is the first. */
function environment(dir: string): Record<string, string> {
  return { PORTICO_CACHE_DIR: join(dir, "cache"), PATH: `/usr/bin:${process.env["PATH"]}` };
}

/** The site that `portico nginx print` writes, and what it says beside. */
async function printed(dir: string): Promise<{ site: string; said: string }> {
  const { status, stdout, stderr } = await runPortico(["nginx", "print", "hello.ini"], {
    dir,
    runtime: join(dir, "run"),
    env: environment(dir),
  });
  assert.equal(status, 0, stderr);
  return { site: stdout, said: stderr };
}

async function serve(t: TestContext, dir: string, port: number) {
  const portico = await startPortico({ dir, args: ["hello.ini"], env: environment(dir) });
  t.after(() => portico.stop());
  return (path: string) => get(port, path);
}

const noDebianDjango =
  spawnSync(DEBIAN_PYTHON, ["-c", "import django"]).status !== 0 && "needs Debian's python3-django";

for (const { name, ...where } of [
  { name: "Django of a virtual environment", skip, python: () => join(pythonEnv(), "bin/python") },
  { name: "Debian's Django", skip: skip || noDebianDjango, python: () => DEBIAN_PYTHON },
])
  describe(name, { skip: where.skip }, () => {
    async function project(t: TestContext, settings: string, more = "", site = "") {
      const python = where.python();
      const port = await freePort();
      const plugin = python === DEBIAN_PYTHON ? "plugin = python3" : `virtualenv = ${pythonEnv()}`;
      const dir = await projectWith(t, {
        "hello.ini": ini(port, "mysite.wsgi", `${plugin}\n${more}`, site),
      });
      execFileSync(python, ["-m", "django", "startproject", "mysite", "."], { cwd: dir });
      appendFileSync(join(dir, "mysite/settings.py"), `\nALLOWED_HOSTS = ["*"]\n${settings}\n`);
      const collect = () =>
        execFileSync(python, ["manage.py", "collectstatic", "--noinput"], { cwd: dir, stdio: "ignore" });
      return { dir, port, collect };
    }

    it("has STATIC_ROOT served at STATIC_URL, and nothing beside it", async (t) => {
      const { dir, port, collect } = await project(
        t,
        'STATIC_ROOT = BASE_DIR / "collected"\nMEDIA_URL = "media/"\nMEDIA_ROOT = BASE_DIR / "media"\nprint("noise")',
      );
      const before = await printed(dir);
      assert.match(
        before.said,
        /STATIC_ROOT of mysite\.settings, \S+collected, is empty: python manage\.py collectstatic/,
      );
      collect();
      const { site, said } = await printed(dir);
      assert.equal(said, "");
      assert.equal(site, before.site, "a collectstatic asks for no new site");
      assert.match(site, /# Found: STATIC_ROOT of mysite\.settings\.\n\s+alias \S+collected\/;/);
      assert.match(site, /# Uploads, MEDIA_URL, are not served unless you say so: static = \/media = /);
      assert.doesNotMatch(site, /location \S*\/media/);
      appendFileSync(join(dir, "collected/.hidden"), "secret");
      const ask = await serve(t, dir, port);
      const css = await ask("/static/admin/css/base.css");
      assert.deepEqual([css.status, css.cache], [200, "no-cache"]);
      assert.equal(css.body, readFileSync(join(dir, "collected/admin/css/base.css"), "utf8"));
      for (const path of [
        "/static/../mysite/settings.py",
        "/static../mysite/settings.py",
        "/static/%2e%2e/mysite/settings.py",
        "/static/..%2fmysite/settings.py",
        "/static/admin/..%5c..%5c..%5cmysite/settings.py",
        "/static/.hidden",
        "/static//.hidden",
        "/static/",
        "/static",
        "/media/x",
      ]) {
        const { status, body } = await ask(path);
        assert.notEqual(status, 200, path);
        assert.doesNotMatch(body, /secret|SECRET_KEY =/, path);
      }
    });

    it("has hashed names kept for a year", async (t) => {
      const storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage";
      const { dir, port, collect } = await project(
        t,
        `STATIC_ROOT = BASE_DIR / "collected"\nSTATIC_URL = "/assets/"\n${
          where.python() === DEBIAN_PYTHON
            ? `STATICFILES_STORAGE = "${storage}"`
            : `STORAGES = {"staticfiles": {"BACKEND": "${storage}"}}`
        }`,
      );
      collect();
      const manifest = JSON.parse(readFileSync(join(dir, "collected/staticfiles.json"), "utf8")) as {
        paths: Record<string, string>;
      };
      const ask = await serve(t, dir, port);
      const hashed = await ask(`/assets/${manifest.paths["admin/css/base.css"]}`);
      assert.deepEqual([hashed.status, hashed.cache], [200, "max-age=31536000, immutable"]);
      assert.equal((await ask("/assets/admin/css/base.css")).cache, "no-cache");
    });

    if (name.startsWith("Debian")) return;
    it("is left alone where the ini says so, or says what is there", async (t) => {
      const settings = 'open("asked", "w")\nSTATIC_ROOT = BASE_DIR / "collected"';
      const off = await project(t, settings, "", "static = off");
      assert.doesNotMatch((await printed(off.dir)).site, /collected|location \/static/);
      assert.equal(existsSync(join(off.dir, "asked")), false);
      for (const [more, site] of [
        ["static-map = /static=/srv/own", ""],
        ["", "static = /static = /srv/own"],
      ]) {
        const own = await project(t, settings, more, site);
        const { site: text, said } = await printed(own.dir);
        assert.match(text, /alias \/srv\/own\/;/);
        assert.doesNotMatch(text, /collected|Found/);
        assert.equal(said, "");
      }
    });
  });

describe("Flask", { skip }, () => {
  it("has its static folder served, and the worker asked for the rest", async (t) => {
    const port = await freePort();
    const dir = await projectWith(t, {
      "hello.ini": ini(port, "wsgi:app", `virtualenv = ${pythonEnv()}`),
      "wsgi.py": "from hello import app\n",
      "hello.py":
        'from flask import Flask\napp = Flask(__name__)\n@app.route("/<path:p>")\ndef x(p):\n    return "the app"\n',
      "static/site.css": "body {}",
      "static/.env": "secret",
    });
    const ask = await serve(t, dir, port);
    assert.deepEqual(await ask("/static/site.css"), { status: 200, cache: "no-cache", body: "body {}" });
    assert.match(
      readFileSync(join(dir, ".portico/nginx/site.conf"), "utf8"),
      /# Found: the static folder of Flask/,
    );
    assert.equal((await ask("/other")).body, "the app");
    for (const path of ["/static/../hello.py", "/static/%2e%2e/hello.py", "/static../hello.py"])
      assert.doesNotMatch((await ask(path)).body, /import/, path);
  });
});

describe("Vite's dist", { skip }, () => {
  const files = (port: number, site = ""): Record<string, string> => ({
    "hello.ini": ini(port, "hello", "", site),
    "hello.ts": 'export default (request: Request) => new Response("app " + new URL(request.url).pathname);',
    "package.json": '{ "type": "module", "devDependencies": { "vite": "*" } }',
    "index.html": "<!doctype html>",
    "public/favicon.ico": "icon",
    "public/img/a.txt": "a",
    "dist/favicon.ico": "icon",
    "dist/img/a.txt": "a",
    "dist/index.html":
      '<!doctype html><script type="module" crossorigin src="/assets/index-C1sSvl5_.js"></script>',
    "dist/assets/index-C1sSvl5_.js": "built",
    "dist/assets/index-C1sSvl5_.js.map": "source",
    "dist/server.js": "source",
  });

  it("has its assets and public files served; pages are the app's", async (t) => {
    const port = await freePort();
    const ask = await serve(t, await projectWith(t, files(port)), port);
    assert.deepEqual(await ask("/assets/index-C1sSvl5_.js"), {
      status: 200,
      cache: "max-age=31536000, immutable",
      body: "built",
    });
    assert.deepEqual(await ask("/favicon.ico"), { status: 200, cache: "no-cache", body: "icon" });
    assert.equal((await ask("/img/a.txt")).body, "a");
    for (const path of [
      "/",
      "/index.html",
      "/any/route",
      "/server.js",
      "/assets/index-C1sSvl5_.js.map",
      "/assets/no.js",
    ])
      assert.equal((await ask(path)).body, `app ${path}`);
    assert.equal((await ask("/assets/../server.js")).body, "app /server.js");
    for (const path of ["/assets/..%2fserver.js", "/assets../server.js", "/img../server.js"])
      assert.notEqual((await ask(path)).body, "source", path);
  });

  it("yields to the ini's own lines", async (t) => {
    const own = "static = / = dist fallback=index.html\nfavicon = none\napp = /img";
    const port = await freePort();
    const dir = await projectWith(t, files(port, own));
    assert.doesNotMatch((await printed(dir)).site, /Found/);
    const ask = await serve(t, dir, port);
    assert.equal((await ask("/favicon.ico")).status, 204);
    assert.equal((await ask("/img/a.txt")).body, "app /img/a.txt");
    assert.match((await ask("/any/route")).body, /doctype/);
  });
});

it("says where NGINX's user cannot read what was found", {
  skip: skip || (process.getuid?.() !== 0 && "needs root"),
}, async (t) => {
  const dir = await projectWith(t, {
    "hello.ini": ini(1, "hello"),
    "vite.config.js": "",
    "dist/index.html": '<script src="/assets/a-C1sSvl5_.js"></script>',
    "dist/assets/a-C1sSvl5_.js": "built",
  });
  chmodSync(join(dir, "dist"), 0o700);
  const { said } = await printed(dir);
  assert.match(
    said,
    /^portico: NGINX cannot read \S+dist\/assets, and \/assets goes to the app: \S+ may not pass through \S+dist \(mode 700, owner 0:0\): chmod o\+x \S+\n$/,
  );
});

it("portico up tells what it found", { skip }, async (t) => {
  const port = await freePort();
  const dir = await projectWith(t, {
    "hello.ini": ini(port, "hello"),
    "hello.js": 'export default () => new Response("the app");',
    "vite.config.js": "",
    "dist/index.html": '<script src="/assets/a-C1sSvl5_.js"></script>',
    "dist/assets/a-C1sSvl5_.js": "built",
  });
  const where = { dir, runtime: join(dir, "run"), env: environment(dir) };
  const { status, stdout, stderr } = await runPortico(["up"], where);
  const { body } = await get(port, "/assets/a-C1sSvl5_.js").finally(() => runPortico(["stop"], where));
  assert.equal(status, 0, stderr);
  assert.equal(body, "built");
  assert.match(stdout, /site file[^\n]*\n {4}found: \/assets is \S+dist\/assets: Vite's dist\/assets\n/);
});
