import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ini, parseIni } from "../../src/ini/parse.ts";
import { machine } from "../options/machine.ts";

const here = machine({}, { cores: 8, hostname: "web1", cwd: "/home/me/site" });

function parse(text: string, file = "conf/hello.ini"): Ini {
  return parseIni(text, file, here);
}

function pairs(ini: Ini, section = "uwsgi"): [string, string][] {
  return (ini.sections.get(section) ?? []).map(({ name, value }) => [name, value]);
}

test("settings keep their order, their repetitions, their lines and what is inside a value", () => {
  const ini = parse('[uwsgi]\n\nsocket=:1\n  socket  =  :2  \nenv = A = "b" ; c # d\nlog master = x\n');
  assert.deepEqual(pairs(ini), [
    ["socket", ":1"],
    ["socket", ":2"],
    ["env", 'A = "b" ; c # d'],
    ["log master", "x"],
  ]);
  assert.deepEqual(
    ini.sections.get("uwsgi")!.map(({ origin }) => origin),
    [3, 4, 5, 6].map((line) => ({ file: "conf/hello.ini", line })),
  );
});

test("a bare name is true, an empty value is empty", () => {
  const [bare, empty] = parse("[uwsgi]\nvacuum\nvacuum =\n").sections.get("uwsgi")!;
  assert.deepEqual([bare!.value, bare!.bare, empty!.value, empty!.bare], ["true", true, "", undefined]);
});

test("comments, also before what looks like a section, and all ends of lines", () => {
  const ini = parse("\uFEFF# [a]\n;[b]\r\n[uwsgi] ; main\r\t# x = 1\na = 1\r\nb = 2\rc = 3");
  assert.deepEqual([...ini.sections.keys()], ["uwsgi"]);
  assert.deepEqual(pairs(ini), [
    ["a", "1"],
    ["b", "2"],
    ["c", "3"],
  ]);
});

test("sections of one name are one, and an empty one is there", () => {
  const ini = parse("[uwsgi]\na = 1\n[ nginx ]\n[uwsgi]\nb = 2\n");
  assert.deepEqual([...ini.sections.keys()], ["uwsgi", "nginx"]);
  assert.deepEqual(pairs(ini), [
    ["a", "1"],
    ["b", "2"],
  ]);
});

const magic = [
  ["%k", "8"],
  ["%h", "web1"],
  ["%v", "/home/me/site"],
  ["%p", "/home/me/site/conf/hello.ini"],
  ["%o", "conf/hello.ini"],
  ["%s", "hello.ini"],
  ["%d", "/home/me/site/conf/"],
  ["%dapp.sock", "/home/me/site/conf/app.sock"],
  ["%e", "ini"],
  ["%n", "hello"],
  ["%c", "conf"],
  ["%0/%1/%3", "home/me/conf"],
  ["%x", "uwsgi"],
  ["%[", "\u001b"],
  ["%S %P %D %N", "hello.ini /home/me/site/conf/hello.ini /home/me/site/conf/ hello"],
  ["%%n", "%n"],
  ["50 % of 100%", "50 % of 100%"],
  ["%(k)", "%(k)"],
] as const;
for (const [value, replaced] of magic) {
  test(`${value} becomes ${JSON.stringify(replaced)}`, () => {
    assert.deepEqual(pairs(parse(`[uwsgi]\nx = ${value}\n`)), [["x", replaced]]);
  });
}

test("capital magic variables tell of the first file", () => {
  const ini = parseIni("[uwsgi]\nx = %n %N %D\n", "/etc/base.ini", here, "hello.ini");
  assert.deepEqual(pairs(ini), [["x", "base hello /home/me/site/"]]);
});

test("a letter that is no magic variable stays and is told", () => {
  const [setting] = parse("[uwsgi]\nlog = %Y.log\n").sections.get("uwsgi")!;
  assert.equal(setting!.value, "%Y.log");
  assert.deepEqual(setting!.unresolved, ["%Y is no magic variable (a percent sign is written %%)"]);
});

test("a setting before the first section is ignored with a warning", () => {
  assert.deepEqual(parse("a = 1\n[uwsgi]\n").warnings, [
    "conf/hello.ini:1: a = 1 stands before the first [section]: ignored",
  ]);
});

const broken = [
  ["[uwsgi\n", "conf/hello.ini:1: Cannot read [uwsgi: expected [section]"],
  ["[uwsgi] x\n", "conf/hello.ini:1: Cannot read [uwsgi] x: expected [section]"],
  ["[uwsgi]\n = 5\n", "conf/hello.ini:2: Cannot read = 5: expected a name before ="],
] as const;
for (const [text, message] of broken) {
  test(JSON.stringify(text), () => assert.throws(() => parse(text), { name: "IniError", message }));
}
