import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A fresh directory with the files given, gone when the test is over. */
export function temporaryDirectory(
  context: TestContext,
  files: Record<string, string | Buffer> = {},
): string {
  const directory = mkdtempSync(join(tmpdir(), "portico-app-"));
  context.after(() => rmSync(directory, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return directory;
}
