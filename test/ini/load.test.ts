/** Includes, sections and blocks, in the order in which uWSGI reads them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadIni, splitTarget } from "../../src/ini/load.ts";
import { machine } from "../options/machine.ts";

function load(files: Record<string, string>, target = "a.ini", env: Record<string, string> = {}) {
  const absolute = Object.entries(files).map(([path, text]) => [
    path.startsWith("/") ? path : `/srv/site/${path}`,
    text,
  ]);
  return loadIni(target, machine(Object.fromEntries(absolute), { env }));
}

function lines(files: Record<string, string>, target?: string, env?: Record<string, string>): string[] {
  return load(files, target, env).settings.map(({ name, value }) => `${name}=${value}`);
}

test("an included file stands where its name stood (uWSGI documentation, Parsing order)", () => {
  const files = {
    "a.ini": "[uwsgi]\nsocket = :3031\nini = sub/b.ini\nsocket = :3032\n",
    "sub/b.ini": "[uwsgi]\nmaster = true\ninclude = c.ini\nprocesses = 4\n",
    "c.ini": "[uwsgi]\nplugins = node\n",
  };
  assert.deepEqual(lines(files), [
    "socket=:3031",
    "master=true",
    "plugins=node",
    "processes=4",
    "socket=:3032",
  ]);
});

test("a section by itself is one of the file read last", () => {
  const files = {
    "a.ini":
      "[uwsgi]\nini = :one\nini = b.ini\nini = :two\nini = :own\n[one]\na = 1\n[two]\na = 2\n[own]\na = 3\n",
    "b.ini": "[uwsgi]\n[two]\nb = 2\n",
  };
  assert.deepEqual(lines(files), ["a=1", "b=2", "a=3"]);
});

test("[uwsgi] and then [portico], or the section that is named", () => {
  const files = { "a.ini": "[portico]\np = 1\n[uwsgi]\nu = 1\n[dev]\nd = 1\n[nginx]\nlisten = %k\n" };
  assert.deepEqual(lines(files), ["u=1", "p=1"]);
  assert.deepEqual(lines(files, "a.ini:dev"), ["d=1"]);
  assert.deepEqual(
    load(files).nginx.map(({ name, value }) => [name, value]),
    [["listen", "2"]],
  );
});

test("what an include refers to has to stand before it", () => {
  const b = { "/etc/b.ini": "[uwsgi]\nb = 1\n" };
  assert.deepEqual(
    lines({ ...b, "a.ini": "[uwsgi]\nbase = $(ETC)\nini = %(base)/b.ini\n" }, "a.ini", { ETC: "/etc" }),
    ["base=$(ETC)", "b=1"],
  );
  assert.throws(() => lines({ ...b, "a.ini": "[uwsgi]\nini = %(base)/b.ini\nbase = /etc\n" }), {
    message: "a.ini:2: Cannot follow ini: %(base) is not defined",
  });
});

const block = (opener: string): string => `[uwsgi]\n${opener}\nx = %(_)\nendif =\ny = 1\n`;
const files = { "/etc/passwd": "root", "here/file": "" };
const conditions = [
  ["if-env = ME", ["x=you"]],
  ["if-env = EMPTY", ["x="]],
  ["ifenv = NOPE", []],
  ["if-not-env = NOPE", ["x=NOPE"]],
  ["if-not-env = ME", []],
  ["if-exists = /etc/passwd", ["x=/etc/passwd"]],
  ["if-exists = here", ["x=here"]],
  ["if-exists = $(ME)", []],
  ["if-not-exists = $(ME)", ["x=you"]],
  ["if-file = here/file", ["x=here/file"]],
  ["if-file = here", []],
  ["if-dir = here", ["x=here"]],
  ["if-directory = here/file", []],
  ["if-not-dir = here/file", ["x=here/file"]],
  ["if-hostname = web1", ["x=web1"]],
  ["if-not-hostname = web1", []],
] as const;
for (const [opener, expected] of conditions) {
  test(`${opener} ${expected.length === 0 ? "is false" : "is true"}`, () => {
    assert.deepEqual(lines({ ...files, "a.ini": block(opener) }, "a.ini", { ME: "you", EMPTY: "" }), [
      ...expected,
      "y=1",
    ]);
  });
}

test("for goes through its words, and may include", () => {
  const text = "[uwsgi]\nnames = b c\nfor = %(names)\nini = %(_).ini\nport = %(_ + 1) %(_)\nend-for\n";
  assert.deepEqual(lines({ "a.ini": text, "b.ini": "[uwsgi]\nb\n", "c.ini": "[uwsgi]\nc\n" }), [
    "names=b c",
    "b=true",
    "port=%(b + 1) b",
    "c=true",
    "port=%(c + 1) c",
  ]);
  assert.deepEqual(lines({ "a.ini": "[uwsgi]\nfor-times = 3\nx = %(_)\nendfor\n" }), ["x=1", "x=2", "x=3"]);
});

const broken: readonly (readonly [Record<string, string>, string, string])[] = [
  [{}, "a.ini", "a.ini: Cannot read the file: there is no such file"],
  [{ "a.ini/x": "" }, "a.ini", "a.ini: Cannot read the file: it is a directory"],
  [{ "a.ini": "[uwsgi]\nini = b.ini\n" }, "a.ini", "a.ini:2: Cannot read b.ini: there is no such file"],
  [{ "a.ini": "[uwsgi]\nini = a.ini\n" }, "a.ini", "a.ini:2: Cannot include a.ini: it includes itself"],
  [{ "a.ini": "[uwsgi]\nini = :uwsgi\n" }, "a.ini", "a.ini:2: Cannot include a.ini: it includes itself"],
  [
    { "a.ini": "[nginx]\n[x]\n" },
    "a.ini",
    "a.ini: Cannot find section [uwsgi] or [portico] in a.ini: it has [nginx], [x]",
  ],
  [{ "a.ini": "" }, "a.ini", "a.ini: Cannot find section [uwsgi] or [portico] in a.ini: it has no section"],
  [{ "a.ini": "[uwsgi]\nini = :b\n" }, "a.ini", "a.ini:2: Cannot find section [b] in a.ini: it has [uwsgi]"],
  [
    { "a.ini": "[uwsgi]\nif-env = A\nfor = 1\nendfor\nendif\n" },
    "a.ini",
    "a.ini:3: Cannot begin for within if-env: blocks do not nest",
  ],
  [{ "a.ini": "[uwsgi]\nif-env = A\n" }, "a.ini", "a.ini:2: Cannot find the end of if-env: expected endif"],
  [{ "a.ini": "[uwsgi]\nfor = A\n" }, "a.ini", "a.ini:2: Cannot find the end of for: expected endfor"],
  [{ "a.ini": "[uwsgi]\nendif\n" }, "a.ini", "a.ini:2: Cannot end a block here: no if stands before endif"],
  [
    { "a.ini": "[uwsgi]\nfor = 1\nendif\n" },
    "a.ini",
    "a.ini:3: Cannot end a block here: no if stands before endif",
  ],
  [
    { "a.ini": "[uwsgi]\nfor-glob = *\nendfor\n" },
    "a.ini",
    "a.ini:2: Cannot use for-glob: expected for, for-times, or if-env, if-exists, if-file, if-dir, if-hostname and their if-not- forms",
  ],
];
for (const [given, target, message] of broken) {
  test(message, () => assert.throws(() => load(given, target), { name: "IniError", message }));
}

test("a target is a file and perhaps a section", () => {
  assert.deepEqual(splitTarget("a.ini"), { file: "a.ini", section: undefined });
  assert.deepEqual(splitTarget("/x:y/a.ini"), { file: "/x:y/a.ini", section: undefined });
  assert.deepEqual(splitTarget("a.ini:dev"), { file: "a.ini", section: "dev" });
  assert.deepEqual(splitTarget(":dev"), { file: "", section: "dev" });
});
