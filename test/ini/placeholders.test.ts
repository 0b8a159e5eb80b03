import assert from "node:assert/strict";
import { test } from "node:test";
import { resolvePlaceholders } from "../../src/ini/placeholders.ts";
import type { Setting } from "../../src/ini/setting.ts";
import { machine } from "../options/machine.ts";

const here = machine(
  { "/etc/hostname": "web1\n", "/srv/site/port": "8000" },
  { env: { HOME: "/root", EMPTY: "" } },
);

function settings(lines: readonly (readonly [string, string])[]): Setting[] {
  return lines.map(([name, value], index) => ({ name, value, origin: { file: "x.ini", line: index + 1 } }));
}

const definitions = [
  ["a", "17"],
  ["b", "30"],
  ["late", "%(later)/x"],
  ["later", "%(base)/y"],
  ["base", "/srv"],
  ["base", "/other"],
  ["loop", "%(pool)"],
  ["pool", "%(loop)"],
] as const;

function resolve(value: string): Setting {
  return resolvePlaceholders(settings([...definitions, ["x", value]]), here).settings.at(-1)!;
}

const resolved = [
  ["$(HOME)/www", "/root/www"],
  ["$(HOME:-/none)", "/root"],
  ["$(EMPTY)", ""],
  ["$(EMPTY:-full)", "full"],
  ["$(EMPTY-full)", ""],
  ["$(NOPE:-)", ""],
  ["$(NOPE-some-thing)", "some-thing"],
  ["@(/etc/hostname)", "web1"],
  [":@(port)", ":8000"],
  ["%(base)/%(a)", "/srv/17"],
  ["%(late)", "/srv/y/x"],
  ["%(a + b + 3)", "50"],
  ["%(a + b + 3 * 2)", "100"],
  ["%(a ++)", "18"],
  ["%(a --)", "16"],
  ["%(a b)", "1730"],
  ["%(a b ++)", "1731"],
  ["%(7 / 2)", "3"],
  ["%(7 % 4)", "3"],
  ["%(2 - 7)", "-5"],
  ["%( a )", "17"],
  ["plain (text) $x %", "plain (text) $x %"],
] as const;
for (const [value, expected] of resolved) {
  test(`${value} becomes "${expected}"`, () => {
    const setting = resolve(value);
    assert.equal(setting.value, expected);
    assert.equal(setting.unresolved, undefined);
  });
}

const unresolved = [
  ["$(NOPE)", "$(NOPE) is not set in the environment"],
  ["@(nothere)", "@(nothere) cannot be read: ENOENT"],
  ["%(nope)", "%(nope) is not defined"],
  ["%(base + 1)", '%(base + 1) reckons with "/srv", which is not a whole number'],
  ["%(1 + base)", '%(1 + base) reckons with "/srv", which is not a whole number'],
  ["%(a / 0)", "%(a / 0) divides by zero"],
] as const;
for (const [value, problem] of unresolved) {
  test(`${value} stays: ${problem}`, () => {
    assert.deepEqual([resolve(value).value, resolve(value).unresolved], [value, [problem]]);
  });
}

test("settings that refer to each other end", () => {
  assert.deepEqual(resolve("%(loop)").unresolved, ["%(loop) refers to itself"]);
});

test("what is referred to is known, and set-placeholder makes a variable", () => {
  const { settings: all, referenced } = resolvePlaceholders(
    settings([
      ["set-placeholder", "max = 64"],
      ["set", "processes=%(max)"],
      ["mine", "%(max / two)"],
    ]),
    here,
  );
  assert.deepEqual(
    all.map(({ name, value, variable }) => [name, value, variable]),
    [
      ["max", "64", true],
      ["processes", "64", undefined],
      ["mine", "%(max / two)", undefined],
    ],
  );
  assert.deepEqual([...referenced].sort(), ["max", "two"]);
});

test("a scope is looked at after the settings themselves", () => {
  const own = settings([
    ["x", "%(a)%(b)"],
    ["a", "own"],
  ]);
  const scope = settings([
    ["a", "scope"],
    ["b", "scope"],
  ]);
  assert.equal(resolvePlaceholders(own, here, scope).settings[0]!.value, "ownscope");
});
