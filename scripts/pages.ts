/**
 * Writes the reference pages that are read off tables: `node scripts/pages.ts`. With `--check` it writes
 * nothing and exits 1, naming each page that is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { exitStatusPage } from "./pages/exit-statuses.ts";
import { nginxPage } from "./pages/nginx.ts";
import { optionsPage } from "./pages/options.ts";

const pages: Readonly<Record<string, () => string>> = {
  "docs/options.md": optionsPage,
  "docs/exit-statuses.md": exitStatusPage,
  "docs/nginx.md": nginxPage,
};

const check = process.argv.includes("--check");
for (const [path, render] of Object.entries(pages)) {
  const file = new URL(`../${path}`, import.meta.url);
  const wanted = render();
  if (!check) {
    writeFileSync(file, wanted);
  } else if (read(file) !== wanted) {
    console.error(`${path} is stale: run node scripts/pages.ts`);
    process.exitCode = 1;
  }
}

function read(file: URL): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
