import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { projectWith } from "../support/project.ts";

const LOADER = pathToFileURL(join(import.meta.dirname, "../../src/app/loader.ts")).href;

/** Loads an app in a process of its own, as a worker does. */
async function kindOf(dir: string, module: string): Promise<string> {
  const program = `const { loadApp } = await import(${JSON.stringify(LOADER)});
    console.log((await loadApp({ module: ${JSON.stringify(module)}, chdir: process.cwd() })).app.kind);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
    { cwd: dir },
  );
  return stdout.trim();
}

describe("a project that npm init has made", () => {
  const packageJson = '{ "name": "x", "type": "commonjs" }';

  it("may have TypeScript with import and export, in the app and in what it imports", async (t) => {
    const dir = await projectWith(t, {
      "package.json": packageJson,
      "hello.ts":
        'import type { Server } from "node:http";\nimport { text } from "./text.ts";\nexport default (): Response => new Response(text);\n',
      "text.ts": 'export const text: string = "hello";\n',
    });
    assert.equal(await kindOf(dir, "hello"), "fetch handler");
  });

  it("may have TypeScript with require and module.exports", async (t) => {
    const dir = await projectWith(t, {
      "package.json": packageJson,
      "hello.ts":
        'const { text } = require("./text.cjs");\nmodule.exports = (req: unknown, res: any) => res.end(text);\n',
      "text.cjs": 'exports.text = "hello";\n',
    });
    assert.equal(await kindOf(dir, "hello"), "node listener");
  });
});
