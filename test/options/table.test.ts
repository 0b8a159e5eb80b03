import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, loadConfig, restartNeeded } from "../../src/options/config.ts";
import { exitStatus } from "../../src/options/exit-status.ts";
import { helpText } from "../../src/options/help.ts";
import { nearestName } from "../../src/options/names.ts";
import { groups } from "../../src/options/option.ts";
import { optionNames, optionOf } from "../../src/options/table.ts";
import { uwsgiNames } from "../../src/options/uwsgi-names.ts";
import { machine } from "./machine.ts";

test("names, aliases and flags are given once", () => {
  const names = optionNames.flatMap((name) => [name, ...(optionOf(name).aliases ?? [])]);
  assert.equal(new Set(names).size, names.length);
  const flags = optionNames.map((name) => optionOf(name).flag).filter((flag) => flag !== undefined);
  assert.equal(new Set(flags).size, flags.length);
  assert.ok(!flags.includes("S"), "-S is set");
});

test("defaults and bare values are values of their type", () => {
  for (const name of optionNames) {
    const { type, default: text } = optionOf(name);
    if (text !== undefined) assert.notEqual(type.parse(text, { cores: 2 }), undefined, name);
    if (type.bare !== undefined) assert.notEqual(type.parse(type.bare, { cores: 2 }), undefined, name);
  }
});

test("the example of each option is read by it from an ini file", () => {
  for (const name of optionNames) {
    const files = {
      "/srv/site/x.ini": `[uwsgi]\n${name} = ${optionOf(name).example}\n`,
      "/srv/site/hello.ini": "[uwsgi]\n",
    };
    const config = loadConfig(["x.ini"], machine(files));
    assert.deepEqual(config.warnings, [], name);
    assert.ok(name === "ini" || config.explicit.size === 2, name);
  }
});

test("uWSGI's options keep uWSGI's names", () => {
  const ours = optionNames.filter((name) => !uwsgiNames.has(name));
  assert.deepEqual(ours, [
    "light-fetch",
    "node-sockets",
    "worker-sockets",
    "heartbeat-timeout",
    "trusted-peers",
    "nginx",
  ]);
});

const mistyped = [
  ["procesess", "processes"],
  ["proceses", "processes"],
  ["http_soket", "http-socket"],
  ["Master", "master"],
  ["modul", "module"],
  ["vaccum", "vacuum"],
  ["thread", "threads"],
  ["chmod-sock", "chmod-socket"],
  ["guid", "uid"],
  ["app", undefined],
  ["projectname", undefined],
] as const;
for (const [name, nearest] of mistyped) {
  test(`the name nearest to ${name} is ${nearest}`, () => assert.equal(nearestName(name), nearest));
}

function configOf(line: string): Config {
  return loadConfig(line.split(" "), machine());
}

test("a restart is needed for listeners and not for workers", () => {
  const before = configOf("hello.ts -p 2 --harakiri 5 --socket a.sock --uid app");
  assert.deepEqual(
    restartNeeded(before, configOf("hello.ts -p 2 --harakiri 5 --socket a.sock --uid app")),
    [],
  );
  assert.deepEqual(restartNeeded(before, configOf("other.ts -p 4 --env A=1 --socket a.sock --uid app")), []);
  assert.deepEqual(restartNeeded(before, configOf("hello.ts --socket b.sock --listen 5")), [
    "socket",
    "listen",
    "uid",
  ]);
  assert.deepEqual(restartNeeded(before, configOf("hello.ts --socket a.sock --uid app --chdir /tmp")), [
    "socket",
  ]);
});

test("the help names every option under its group and keeps to the width", () => {
  for (const columns of [20, 50, 80, 120]) {
    const help = helpText(columns);
    for (const name of optionNames) assert.match(help, new RegExp(`--${name}\\b`));
    for (const group of groups) assert.ok(help.includes(`${group}:\n`));
    for (const line of help.split("\n")) assert.ok(line.length <= Math.max(50, columns), line);
  }
  assert.match(
    helpText(100),
    /^ {2}-p, --processes N {2,}The number of workers; auto is one a core\. \(default auto\)$/m,
  );
});

test("exit statuses differ", () => {
  const statuses = Object.values(exitStatus).map(({ status }) => status);
  assert.deepEqual(statuses, [0, 1, 2, 3, 4, 5, 6, 70]);
});
