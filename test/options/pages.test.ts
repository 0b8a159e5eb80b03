import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

test("the reference pages are what the tables say", async () => {
  const script = fileURLToPath(new URL("../../scripts/pages.ts", import.meta.url));
  const { stderr } = await promisify(execFile)(process.execPath, [script, "--check"]);
  assert.doesNotMatch(stderr, /stale/);
});
