import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/** The worker's own tests (unittest), each file in a process of its own, on the Pythons of this machine. */
const folder = fileURLToPath(new URL("../../python", import.meta.url));
const modules = readdirSync(join(folder, "tests"))
  .filter((name) => /^test_\w+\.py$/.test(name))
  .map((name) => name.slice(0, -".py".length));

const pythons = interpreters();

describe("the Python worker's own tests", {
  concurrency: 4,
  skip: pythons.length === 0 && "there is no Python 3 here",
}, () => {
  for (const python of pythons)
    for (const module of modules)
      it(`${module} on ${python}`, async () => {
        const { status, output } = await unittest(python, `tests.${module}`);
        assert.equal(status, 0, output);
        assert.match(output, /^Ran [1-9]\d* tests? in /m);
      });
});

/** `python3` on PATH, and the system's where that is another. */
function interpreters(): string[] {
  const found = new Map<string, string>();
  for (const python of ["python3", "/usr/bin/python3"]) {
    if (python.startsWith("/") && !existsSync(python)) continue;
    const { stdout, status } = spawnSync(python, ["-c", "import sys; print(sys.executable)"], {
      encoding: "utf8",
    });
    if (status === 0) found.set(realpathSync(stdout.trim()), python);
  }
  return [...found.values()];
}

function unittest(python: string, name: string): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ["-W", "ignore::ResourceWarning", "-m", "unittest", name], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
}
