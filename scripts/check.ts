import { spawnSync } from "node:child_process";
import { importErrors } from "./imports.ts";

/** `npm run check`: format, lint, types, import arrows, generated pages. Exits 1 when any of them finds something. */
const steps: [string, string, string[]][] = [
  ["format and lint", "biome", ["check", "--error-on-warnings", "."]],
  ["types", "tsc", ["--noEmit", "-p", "."]],
  ["generated pages", process.execPath, ["scripts/pages.ts", "--check"]],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, PATH: `node_modules/.bin:${process.env["PATH"]}` },
  });
  if (status !== 0) failed += 1;
  console.log(`${status === 0 ? "ok" : "FAILED"}  ${name}`);
}
const errors = importErrors("src");
for (const error of errors) console.log(error);
if (errors.length > 0) failed += 1;
console.log(`${errors.length === 0 ? "ok" : "FAILED"}  import arrows`);
process.exit(failed === 0 ? 0 : 1);
