/**
 * The ini files of test/corpus/ini, each with the facts of its config beside it. An expectation without an
 * ini file of its own says with `argv` which one it reads.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Setting } from "../../src/ini/setting.ts";
import { formatAddress } from "../../src/options/address.ts";
import { type Config, ConfigError, loadConfig } from "../../src/options/config.ts";
import { machine } from "./machine.ts";

interface Expected {
  readonly about: string;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cores?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly explicit?: readonly string[];
  readonly nginx?: readonly (readonly [string, string])[];
  readonly warnings?: readonly string[];
  readonly problems?: readonly string[];
}

const corpus = new URL("../corpus/ini/", import.meta.url);
const entries = readdirSync(corpus);
const files = Object.fromEntries(
  entries
    .filter((name) => name.endsWith(".ini"))
    .map((name) => [`/srv/site/${name}`, readFileSync(new URL(name, corpus), "utf8")]),
);

for (const name of entries.filter((entry) => entry.endsWith(".json"))) {
  const expected = JSON.parse(readFileSync(new URL(name, corpus), "utf8")) as Expected;
  test(`${name}: ${expected.about}`, () => {
    const argv = expected.argv ?? [name.replace(".json", ".ini")];
    const here = machine(files, { env: expected.env ?? {}, cores: expected.cores ?? 2 });
    if (expected.problems !== undefined) {
      assert.deepEqual(
        problemsOf(() => loadConfig(argv, here)),
        expected.problems,
      );
      return;
    }
    const config = loadConfig(argv, here);
    const facts = plain(config);
    for (const [key, value] of Object.entries(expected.config ?? {})) {
      assert.deepEqual(facts[key], value, key);
    }
    if (expected.explicit !== undefined) assert.deepEqual([...config.explicit].sort(), expected.explicit);
    if (expected.nginx !== undefined) {
      assert.deepEqual(
        config.siteSettings.map((setting: Setting) => [setting.name, setting.value]),
        expected.nginx,
      );
    }
    if (expected.warnings !== undefined) assert.deepEqual(config.warnings, expected.warnings);
  });
}

test("every ini file of the corpus has its expectation", () => {
  const inis = entries.filter((entry) => entry.endsWith(".ini"));
  assert.ok(inis.length >= 12);
  for (const ini of inis) assert.ok(entries.includes(ini.replace(".ini", ".json")), ini);
});

function problemsOf(load: () => Config): readonly string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

/** The config with its addresses as people write them. */
function plain(config: Config): Record<string, unknown> {
  return {
    ...config,
    socket: config.socket.map(formatAddress),
    httpSocket: config.httpSocket.map(formatAddress),
    fastcgiSocket: config.fastcgiSocket.map(formatAddress),
  };
}
