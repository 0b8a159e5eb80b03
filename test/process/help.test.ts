import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

it("--help tells every command, and reload with its --app", async (t) => {
  const dir = await projectWith(t, {});
  const { status, stdout } = await runPortico(["--help"], { dir, runtime: join(dir, "run") });
  assert.equal(status, 0);
  const source = readFileSync(join(import.meta.dirname, "../../src/cli/command-line.ts"), "utf8");
  const names = [...source.matchAll(/^ {2}(\w+): async \(\) =>/gm)].map(([, name]) => name!);
  const commands = names.filter((name) => name !== "help");
  assert.ok(commands.includes("reload"));
  for (const command of commands) assert.match(stdout, new RegExp(`^ {2}portico ${command}\\b`, "m"));
  assert.match(stdout, /^ {2}portico reload \[TARGET\] \[--app NAME\]$/m);
  assert.match(stdout, /--processes N/);
});
