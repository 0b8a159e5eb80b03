/** What each type of option takes and refuses, through an ini file as people write it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, ConfigError, loadConfig } from "../../src/options/config.ts";
import type { OptionKey } from "../../src/options/table.ts";
import { machine } from "./machine.ts";

function load(line: string): Config {
  return loadConfig(["x.ini"], machine({ "/srv/site/x.ini": `[uwsgi]\n${line}\n` }));
}

const taken: readonly (readonly [line: string, key: OptionKey, value: unknown])[] = [
  ...["true", "True", "TRUE", "yes", "on", "1", ""].map(
    (word) => [`vacuum = ${word}`, "vacuum", true] as const,
  ),
  ...["false", "False", "no", "off", "0"].map((word) => [`master = ${word}`, "master", false] as const),
  ["vacuum", "vacuum", true],
  ["vacuum = true   ; on exit", "vacuum", true],
  ["processes = auto", "processes", 2],
  ["processes = 3 # enough", "processes", 3],
  ["harakiri = 0.5", "harakiri", 0.5],
  ["chmod-socket = 0660", "chmodSocket", 0o660],
  ["chmod-socket =", "chmodSocket", 0o666],
  ["umask = 027", "umask", 0o27],
  ["chown-socket = app", "chownSocket", { user: "app", group: undefined }],
  ["chown-socket = :www-data", "chownSocket", { user: undefined, group: "www-data" }],
  ["env = A = b=c ", "env", [["A", "b=c"]]],
  ["env = EMPTY=", "env", [["EMPTY", ""]]],
  ["protocol = fastcgi", "protocol", "fastcgi"],
  [
    "trusted-peers = 10.0.0.0/8,::1\ntrusted-peers = 192.0.2.7",
    "trustedPeers",
    ["10.0.0.0/8", "::1", "192.0.2.7"],
  ],
  ["plugins = python, http", "plugin", ["python", "http"]],
  ["uid = 1000", "uid", "1000"],
  ["socket = /run/a.sock ; not part of it", "socket", [{ kind: "unix", path: "/run/a.sock" }]],
  ["pidfile = a.pid\npidfile = b.pid", "pidfile", "/srv/site/b.pid"],
];
for (const [line, key, value] of taken) {
  test(`${JSON.stringify(line)} is taken`, () => {
    const config = load(line);
    assert.deepEqual(config[key], value);
    assert.ok(config.explicit.has(key));
  });
}

const refused = [
  ["vacuum = true-ish", "expected true or false"],
  ["processes = 0", "expected a whole number, 1 or more"],
  ["processes = 1.5", "expected a whole number, 1 or more"],
  ["processes = -1", "expected a whole number, 1 or more"],
  ["listen = 0", "expected a whole number, 1 or more"],
  ["limit-post = 10m", "expected a whole number of bytes, 0 or more"],
  ["buffer-size = 99999999999999999999", "expected a whole number of bytes, 1 or more"],
  ["harakiri = -5", "expected a number of seconds, 0 or more"],
  ["chmod-socket = 888", "expected an octal mode such as 660"],
  ["protocol = scgi", "expected uwsgi, http or fastcgi"],
  ["trusted-peers = 10.0.0.0/33", "expected an address or a range"],
  ["trusted-peers = example.org", "expected an address or a range"],
  ["trusted-peers = 10.0.0.1,", "expected an address or a range"],
  ["static-map = static=public", "expected /prefix=path"],
  ["env = NAME", "expected NAME=VALUE"],
  ["chown-socket = a:b:c", "expected a user, user:group or :group"],
  ["module =", "expected a module"],
  ["pidfile", "expected a file: got nothing"],
] as const;
for (const [line, wanted] of refused) {
  test(`${line} is refused`, () => {
    assert.throws(
      () => load(line),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.match(
          error.message,
          /^x\.ini:2: Cannot set [a-z-]+: expected [^\n]*: got (nothing|"[^\n]*")$/,
        );
        assert.ok(error.message.includes(wanted), error.message);
        return true;
      },
    );
  });
}
