import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const PROJECT = join(import.meta.dirname, "../../python");
/** Python's own words where its tests fail. */
const SHOWN = 8_000;

/** The Pythons of this machine: the one on PATH, and Debian's where that is another. */
function interpreters(): string[] {
  const found = new Map<string, string>();
  for (const name of ["python3", "/usr/bin/python3"]) {
    const { stdout, status } = spawnSync(name, ["-c", "import sys; print(sys.executable)"], {
      encoding: "utf8",
    });
    if (status === 0) found.set(realpathSync(stdout.trim()), name);
  }
  return [...found.values()];
}

const pythons = interpreters();

describe("the Python worker's own tests", {
  skip: pythons.length === 0 && "there is no Python 3 here",
}, () => {
  for (const python of pythons)
    it(`pass with ${python}`, () => {
      const { status, stderr, error } = spawnSync(
        python,
        ["-m", "unittest", "discover", "-s", "tests", "-t", "."],
        {
          cwd: PROJECT,
          encoding: "utf8",
          timeout: 200_000,
        },
      );
      if (status !== 0) throw new Error(`${error?.message ?? ""}${stderr.slice(-SHOWN)}`);
      if (!/^Ran [1-9]\d* tests/m.test(stderr)) throw new Error(`no test ran: ${stderr}`);
    });
});
