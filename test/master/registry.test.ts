import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openRegistry } from "../../src/master/registry.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

describe("the registry", () => {
  it("removes what a dead master has left, and nothing of others", (t) => {
    const folder = temporaryDirectory(t);
    const { pid: dead } = spawnSync("true");
    const left = [`${dead}.json`, `${dead}.sock`, `${dead}-hello.uwsgi`, `${dead}-hello.uwsgi.1`];
    const alive = [`${process.pid}.sock`, `${process.pid}-hello.uwsgi`, `${process.pid}-hello.uwsgi.1`];
    const others = [`${dead}0-hello.uwsgi`, `${dead}-notes.txt`, "README"];
    for (const name of [...left, ...alive, ...others]) writeFileSync(join(folder, name), "");
    const registry = openRegistry(folder);
    const known = { name: "hello", chdir: "/", cwd: "/", file: undefined, log: undefined };
    const mine = registry.add({ ...known, pid: process.pid });
    // To bind its control socket comes later.
    writeFileSync(mine.control, "");
    assert.deepEqual(
      registry.list().map(({ pid }) => pid),
      [process.pid],
    );
    assert.deepEqual(readdirSync(folder).sort(), [...alive, ...others, `${process.pid}.json`].sort());
  });
});
