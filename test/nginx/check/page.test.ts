import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

const root = join(import.meta.dirname, "../../..");

/** The names behind a severity, as `at` and findings take them. */
function rulesIn(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [
    ...text.matchAll(/"(?:error|warning|advice)",\s*"([a-z\d-]+)"/g),
    ...text.matchAll(/rule: "([a-z\d-]+)"/g),
    ...text.matchAll(/\b(?:note)\(\s*\w+,\s*"([a-z\d-]+)"/g),
    ...text.matchAll(/grave \? "warning" : "advice",\s*"([a-z\d-]+)"/g),
  ].map(([, rule]) => rule!);
}

it("the page names every rule of portico nginx check, and no other", () => {
  const rules = [
    ...globSync("src/nginx/check/{rules/*,machine}.ts", { cwd: root }),
    "src/cli/nginx-check.ts",
  ].flatMap(rulesIn);
  const page = readFileSync(join(root, "docs/nginx-operations.md"), "utf8");
  const table = page.slice(page.indexOf("| rule |"), page.indexOf("## portico nginx passwd"));
  const named = table
    .split("\n")
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([a-z\d-]+)`/g)].map(([, rule]) => rule!));
  assert.deepEqual(named.sort(), [...new Set(rules)].sort());
});
