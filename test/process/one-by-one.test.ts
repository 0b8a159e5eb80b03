import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

const FILES = {
  "wsgi.py": `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
`,
  // Loads for ever where there is a file "slow".
  "hello.ts": `import { existsSync } from "node:fs";
if (existsSync("slow")) await new Promise((resolve) => setTimeout(resolve, 600_000));
export default () => new Response("fine");
`,
};
const HTTP = ["--http-socket", "127.0.0.1:0", "--processes", "1"];
const KINDS = { node: ["hello.ts"], Python: ["--plugin", "python3", "--module", "wsgi:app"] };

async function serve(t: TestContext, args: readonly string[]): Promise<RunningPortico> {
  const dir = await projectWith(t, FILES);
  return startPortico({ dir, args: [...args, ...HTTP] });
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}/exe`)) await new Promise(setImmediate);
}

describe("whoever ends all processes one after the other", { concurrency: true }, () => {
  for (const [kind, args] of Object.entries(KINDS))
    it(`${kind} workers first, is told of no error`, async (t) => {
      const portico = await serve(t, args);
      const workers = await portico.workers();
      for (const pid of workers) process.kill(pid, "SIGTERM");
      await Promise.all(workers.map(gone));
      // Asserts that it exits with 0.
      await portico.stop();
      assert.doesNotMatch(portico.stderr(), /error:/);
    });

  it("while a worker is loading is told of no error", async (t) => {
    const portico = await serve(t, KINDS.node);
    await writeFile(join(portico.dir, "slow"), "");
    const [first] = await portico.workers();
    process.kill(first!, "SIGTERM");
    while (!(await portico.status()).workers.some(({ phase }) => phase === "booting"));
    await portico.stop();
    assert.match(portico.stderr(), /worker 1 \(pid \d+\) is ended before it was ready/);
    assert.doesNotMatch(portico.stderr(), /is killed/);
  });
});

it("a worker that somebody ends alone is told as an error, and replaced", async (t) => {
  const portico = await serve(t, KINDS.node);
  t.after(() => portico.stop());
  const [first] = await portico.workers();
  process.kill(first!, "SIGTERM");
  await portico.said(new RegExp(`error: worker 1 \\(pid ${first}\\) exited with status 0`));
  while ((await portico.workers()).length < 1);
});
