import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { cacheFolder } from "../../src/cli/cache-folder.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

const program = join(import.meta.dirname, "../../bin/portico");

/** What bin/portico tells node of the folder, by a node that tells it on. */
function named(folder: string, env: Readonly<Record<string, string>>): string {
  const node = join(folder, "node");
  writeFileSync(node, '#!/bin/sh\n[ "$1" = --version ] && echo v26.0.0 || printf %s "$NODE_COMPILE_CACHE"\n');
  chmodSync(node, 0o755);
  const path = `${folder}:/usr/bin:/bin`;
  return execFileSync("sh", [program, "hello.ts"], { encoding: "utf8", env: { PATH: path, ...env } });
}

describe("the folder of compiled code", () => {
  it("is the same for bin/portico as for the program", async (t) => {
    const dir = await projectWith(t, {});
    const home = { HOME: "/home/somebody" };
    for (const env of [
      home,
      { ...home, XDG_CACHE_HOME: "/home/somebody/c" },
      { ...home, PORTICO_CACHE_DIR: "/srv/c" },
    ])
      assert.equal(named(dir, env), cacheFolder(env, process.getuid!()));
    assert.equal(named(dir, { ...home, NODE_COMPILE_CACHE: "/own" }), "/own");
  });

  it("is filled by master and workers, and apps are not told of it", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts": "export default () => Response.json(process.env.NODE_COMPILE_CACHE ?? null);\n",
    });
    const cache = join(dir, "cache");
    for (const [own, expected] of [
      [undefined, null],
      [join(dir, "own"), join(dir, "own")],
    ] as const) {
      const env = {
        PORTICO_CACHE_DIR: cache,
        ...(own !== undefined && { NODE_COMPILE_CACHE: own }),
      };
      const args = ["hello.ts", "--http-socket", "127.0.0.1:0", "--processes", "1"];
      const portico = await startPortico({ dir, args, env });
      t.after(() => portico.stop());
      const response = await fetch(`http://127.0.0.1:${portico.port}/`);
      assert.equal(await response.json(), expected);
    }
    assert.equal(readdirSync(cache).length, 1);
    assert.equal(readdirSync(join(dir, "own")).length, 1);
  });

  it("has the Python worker's code, from the first worker on and for one that may not write there", async (t) => {
    const dir = await projectWith(t, {
      "hello.py":
        "def application(environ, start_response):\n" +
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n" +
        "    return [b'hello']\n",
    });
    await chmod(dir, 0o755);
    const cache = join(dir, "cache");
    const portico = await startPortico({
      dir,
      args: ["--plugin", "python3", "--module", "hello:application", "--http-socket", "127.0.0.1:0"].concat([
        ...(process.getuid!() === 0 ? ["--uid", "nobody"] : []),
        ...["--processes", "1"],
      ]),
      env: { PORTICO_CACHE_DIR: cache, PYTHONDONTWRITEBYTECODE: "1" },
    });
    t.after(() => portico.stop());
    const names = readdirSync(join(cache, "python"), { recursive: true, encoding: "utf8" });
    // One worker forks nobody: this was compiled by the master.
    for (const name of ["exchange", "fork_server"])
      assert.ok(
        names.some((file) => file.includes(`portico_worker/${name}.cpython`)),
        names.join("\n"),
      );
    assert.deepEqual(
      names.filter((file) => file.includes("hello")),
      [],
    );
    assert.equal(await (await fetch(`http://127.0.0.1:${portico.port}/`)).text(), "hello");
  });
});
