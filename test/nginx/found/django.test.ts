import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { findDjango } from "../../../src/nginx/found/django.ts";
import { projectWith } from "../../support/project.ts";
import { DEBIAN_PYTHON, pythonEnv } from "../../support/python-env.ts";

const BASIC = `from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL = "static/"
`;

/** Asks a project's settings, as one of a real Django. */
async function found(t: TestContext, settings: string, files: Record<string, string> = {}) {
  const chdir = await projectWith(t, { "mysite/settings.py": BASIC + settings, ...files });
  const project = { chdir, pythonpath: [], module: "mysite.wsgi" };
  const python = join(pythonEnv(), "bin/python");
  const asking = { python, env: process.env, uid: undefined, gid: undefined };
  return { chdir, ...(await findDjango(project, "mysite.settings", asking)) };
}

const ROOT = '\nSTATIC_ROOT = "collected"\n';

for (const [settings, wanted] of [
  ["", /^mysite\.settings has no STATIC_ROOT/],
  ["STATIC_ROOT = BASE_DIR", /is not served: the project itself lies in it/],
  ['STATIC_ROOT = "mysite"', /is not served: the project itself lies in it/],
  ['STATIC_ROOT = "/"', /is not served: the project itself lies in it/],
  [
    `${ROOT}STATIC_URL = "https://cdn.example.com/s/"`,
    /"https:\/\/cdn\.example\.com\/s\/", is no path of this site/,
  ],
  [`${ROOT}STATIC_URL = "/"`, /is no path of this site/],
  [`${ROOT}STATIC_URL = None`, /is no path of this site/],
  [
    "import missing_thing",
    /cannot be asked for static files: ModuleNotFoundError: No module named 'missing_thing'$/,
  ],
  ["x =", /cannot be asked for static files: SyntaxError: invalid syntax/],
  ["import sys; sys.exit('no')", /cannot be asked for static files: SystemExit: no$/],
  ["import os; os._exit(3)", /cannot be asked for static files: its process ended without an answer$/],
  ["raise Exception('a\\r\\nb\\x1b[31m')", /cannot be asked for static files: Exception: a$/],
] as const)
  it(`says why nothing is served: ${settings.trim() || "STATIC_ROOT is not set"}`, async (t) => {
    const { statics, words } = await found(t, settings);
    assert.deepEqual([statics, words.map(({ where }) => where)], [[], ["both"]]);
    assert.match(words[0]!.text, wanted);
  });

it("is STATIC_ROOT, a relative one from chdir, whatever the settings print", async (t) => {
  const { chdir, statics, words } = await found(t, `${ROOT}print("{}" * 10_000)`);
  const [one] = statics;
  assert.deepEqual(
    [statics.length, one?.prefix, one?.path, one?.hashed],
    [1, "/static", join(chdir, "collected"), false],
  );
  assert.deepEqual(
    words.map(({ where }) => where),
    ["stderr"],
    "collectstatic is due",
  );
});

it("is no directory with sources in it", async (t) => {
  const { statics, words } = await found(t, ROOT, { "collected/views.py": "", "collected/a.css": "" });
  assert.deepEqual(statics, []);
  assert.match(words[0]!.text, /Python sources lie in it/);
});

it("has the prefix that Django has", async (t) => {
  const { statics } = await found(t, `${ROOT}FORCE_SCRIPT_NAME = "/shop/"`, { "collected/a.css": "" });
  assert.deepEqual(
    statics.map(({ prefix }) => prefix),
    ["/shop/static"],
  );
});

it("is nothing where collectstatic does not write into STATIC_ROOT", async (t) => {
  const other = `${ROOT}STORAGES = {"staticfiles": {"BACKEND": "mysite.bucket.Bucket"}}`;
  const bucket = "from django.core.files.storage import Storage\nclass Bucket(Storage):\n    pass\n";
  assert.deepEqual((await found(t, other, { "mysite/bucket.py": bucket })).statics, []);
  assert.deepEqual((await found(t, `${ROOT}INSTALLED_APPS = []`)).words, []);
});

it("does not wait for what the settings leave behind", async (t) => {
  const leave = `import os, time
if os.fork() == 0:
    open("pid", "w").write(str(os.getpid()))
    time.sleep(300)
while not os.path.exists("pid") or not open("pid").read(): time.sleep(0.01)
`;
  const { chdir, statics } = await found(t, `${ROOT}${leave}`);
  process.kill(Number(readFileSync(join(chdir, "pid"), "utf8")), "SIGKILL");
  assert.equal(statics.length, 1);
});

it("reads them as the user of the workers", { skip: process.getuid?.() !== 0 && "needs root" }, async (t) => {
  const chdir = await projectWith(t, {
    "django/__init__.py": "",
    "django/conf.py": 'import os\nraise Exception(f"{os.getuid()} {os.getgid()} {os.getgroups()}")',
  });
  const project = { chdir, pythonpath: [], module: "mysite.wsgi" };
  const told = await findDjango(project, "mysite.settings", {
    python: DEBIAN_PYTHON,
    env: {},
    uid: 65_534,
    gid: 65_533,
  });
  assert.match(told.words[0]!.text, /Exception: 65534 65533 \[\]$/);
});

it("is told where there is no interpreter", async (t) => {
  const chdir = await projectWith(t, {});
  const asking = { python: "/nowhere/python", env: {}, uid: undefined, gid: undefined };
  const { words } = await findDjango({ chdir, pythonpath: [], module: "x" }, "x.settings", asking);
  assert.match(words[0]!.text, /cannot be asked for static files: spawn \/nowhere\/python ENOENT/);
});
