import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isInstalledByNpm } from "../../src/up/installed.ts";

const HONO = { "node_modules/hono": { version: "4.1.0" } };
const TOOL = { "node_modules/tool": { version: "1.0.0", dev: true } };
const WANTS_HONO = { dependencies: { hono: "^4" } };

const cases = [
  { name: "what is wanted is there", there: HONO, installed: true },
  { name: "nothing was installed", there: undefined, installed: false },
  { name: "a package is missing", there: {}, installed: false },
  {
    name: "a package is of another version",
    there: { "node_modules/hono": { version: "4.0.9" } },
    installed: false,
  },
  {
    name: "only packages for development are missing",
    lock: { ...HONO, ...TOOL },
    there: HONO,
    installed: true,
  },
  {
    name: "package.json asks for more than the lock file knows",
    project: { dependencies: { hono: "^4", zod: "^4" } },
    there: HONO,
    installed: false,
  },
];

for (const { name, project = WANTS_HONO, lock = HONO, there, installed } of cases)
  test(`packages are ${installed ? "" : "not "}installed where ${name}`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "portico-installed-"));
    t.after(() => rm(directory, { recursive: true }));
    const write = (file: string, value: unknown) => writeFile(join(directory, file), JSON.stringify(value));
    await write("package.json", project);
    await write("package-lock.json", { packages: { "": WANTS_HONO, ...lock } });
    if (there !== undefined) {
      await mkdir(join(directory, "node_modules"));
      await write("node_modules/.package-lock.json", { packages: there });
    }
    assert.equal(isInstalledByNpm(directory), installed);
  });
