import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { settingsModule } from "../../../src/nginx/found/django.ts";
import { findFlask } from "../../../src/nginx/found/flask.ts";
import { plainPrefix } from "../../../src/nginx/found/found.ts";
import { findVite } from "../../../src/nginx/found/vite.ts";
import { projectWith } from "../../support/project.ts";

/** As Vite 8 writes it. */
export const page = (base: string): string => `<!doctype html><html><head>
    <link rel="icon" href="${base}favicon.svg">
    <script type="module" crossorigin src="${base}assets/index-DiwrgTda.js"></script>
    <link rel="stylesheet" crossorigin href="${base}assets/index-tsHmFTDq.css">
  </head><body></body></html>`;

const built = (base: string): Record<string, string> => ({
  "package.json": '{ "devDependencies": { "vite": "^8.0.0" } }',
  "index.html": "<!doctype html>",
  "public/favicon.svg": "<svg/>",
  "public/img/a.txt": "a",
  "public/.env": "secret",
  "dist/index.html": page(base),
  "dist/favicon.svg": "<svg/>",
  "dist/img/a.txt": "a",
  "dist/.env": "secret",
  "dist/server.js": "secret",
  "dist/assets/index-DiwrgTda.js": "built",
});

describe("Vite", () => {
  const found = async (t: TestContext, files: Record<string, string>) => {
    const { statics, words } = findVite(await projectWith(t, files));
    return [statics.map(({ prefix, file, hashed }) => [prefix, file, hashed]), words.map(({ text }) => text)];
  };
  it("is the built assets, and of dist what public has", async (t) => {
    const wanted = (base: string) => [
      [
        [`${base}/assets`, false, true],
        [`${base}/favicon.svg`, true, false],
        [`${base}/img`, false, false],
      ],
      [],
    ];
    assert.deepEqual(await found(t, built("/")), wanted(""));
    assert.deepEqual(await found(t, built("./")), wanted(""));
    assert.deepEqual(await found(t, built("/shop/")), wanted("/shop"));
    const { "package.json": _, ...others } = built("/");
    assert.deepEqual(await found(t, { ...others, "vite.config.ts": "" }), wanted(""));
    assert.deepEqual(await found(t, others), [[], []], "without vite");
  });
  it("is nothing where the assets come from elsewhere, or cannot be told", async (t) => {
    assert.deepEqual(await found(t, built("https://cdn.example.com/")), [[], []]);
    assert.deepEqual(await found(t, { ...built("/"), "dist/index.html": "<p>" }), [[], []]);
    assert.deepEqual(await found(t, { ...built("/"), "dist/index.html": page("/../") }), [[], []]);
    assert.deepEqual(await found(t, { ...built("/"), "package.json": "{" }), [[], []]);
  });
  it("says what is to be done where nothing was built", async (t) => {
    const { "dist/index.html": _, ...files } = built("/");
    const [statics, words] = await found(t, files);
    assert.deepEqual(statics, []);
    assert.match(String(words), /npm run build/);
  });
});

describe("Flask", () => {
  const hello = "from flask import Flask\napp = Flask(__name__)\n";
  const found = async (t: TestContext, files: Record<string, string>, module = "wsgi:app") => {
    const chdir = await projectWith(t, files);
    return findFlask({ chdir, pythonpath: [join(chdir, "src")], module }).statics.map(({ prefix, path }) => [
      prefix,
      path.slice(chdir.length),
    ]);
  };
  const css = { "static/a.css": "body {}" };
  it("is the static folder beside the one Flask(__name__)", async (t) => {
    assert.deepEqual(await found(t, { "wsgi.py": hello, ...css }), [["/static", "/static"]]);
    assert.deepEqual(await found(t, { "wsgi.py": hello, ...css }, "wsgi.py"), [["/static", "/static"]]);
    const factory =
      "from flask import Flask\ndef create_app():\n    return Flask(__name__, instance_relative_config=True)\n";
    assert.deepEqual(
      await found(t, {
        "wsgi.py": "from shop import create_app\napp = create_app()\n",
        "src/shop/__init__.py": factory,
        "src/shop/static/a.css": "",
        ...css,
      }),
      [["/static", "/src/shop/static"]],
    );
  });
  for (const [why, source] of Object.entries({
    "another folder": "app = Flask(__name__, static_folder='assets')",
    "another path": "app = Flask(__name__,\n    static_url_path='/s')",
    "another name": 'app = Flask("other")',
    "a name that is made": 'app = Flask(__name__.split(".")[0])',
    "two of them": "app = Flask(__name__)\nother = Flask(__name__)",
    "none there": "app.static_folder = None\napp = Flask(__name__)",
    "a hook that may ask who comes": "app = Flask(__name__)\n@app.before_request\ndef f(): ...",
    "no Flask": "app = 1",
  }))
    it(`is left to the app: ${why}`, async (t) => {
      assert.deepEqual(await found(t, { "wsgi.py": `from flask import Flask\n${source}\n`, ...css }), []);
    });
  it("is no link to the project itself", async (t) => {
    const chdir = await projectWith(t, { "wsgi.py": hello });
    symlinkSync(chdir, join(chdir, "static"));
    assert.deepEqual(findFlask({ chdir, pythonpath: [], module: "wsgi" }).statics, []);
    const other = await projectWith(t, { "wsgi.py": hello });
    mkdirSync(join(other, "x"));
    assert.deepEqual(findFlask({ chdir: other, pythonpath: [], module: "wsgi" }).statics, []);
  });
});

describe("Django's settings module", () => {
  const setdefault = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n';
  for (const [why, source, env, wanted] of [
    ["as startproject has it", setdefault, {}, "mysite.settings"],
    ["the environment goes before a default", setdefault, { DJANGO_SETTINGS_MODULE: "x" }, "x"],
    [
      "but not before what is set",
      "os.environ['DJANGO_SETTINGS_MODULE'] = 'mysite.live'",
      { DJANGO_SETTINGS_MODULE: "x" },
      "mysite.live",
    ],
    ["the environment alone", "", { DJANGO_SETTINGS_MODULE: "x.y" }, "x.y"],
    ["a comment", `# ${setdefault.split("\n")[1]}`, {}, undefined],
    ["no Django", "from flask import Flask", {}, undefined],
  ] as const)
    it(`is named: ${why}`, async (t) => {
      const chdir = await projectWith(t, { "mysite/wsgi.py": source });
      assert.equal(settingsModule({ chdir, pythonpath: [], module: "mysite.wsgi:application" }, env), wanted);
    });
});

it("only a plain path becomes a location", () => {
  for (const [url, wanted] of [
    ["/static/", "/static"],
    ["/a/b.c/", "/a/b.c"],
    ["/", undefined],
    ["", undefined],
    ["static/", undefined],
    ["/a/../b", undefined],
    ["/.git", undefined],
    ["//cdn.example.com/static/", undefined],
    ["https://cdn.example.com/static/", undefined],
    ['/a"; }', undefined],
    ["/$host", undefined],
    ["/a b", undefined],
  ] as const)
    assert.equal(plainPrefix(url), wanted, url);
});
