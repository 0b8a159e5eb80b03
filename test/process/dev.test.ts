import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const APP = (text: string) => `export default () => new Response(${JSON.stringify(text)});\n`;

async function dev(t: TestContext, files: Record<string, string>): Promise<RunningPortico> {
  const dir = await projectWith(t, files);
  const portico = await startPortico({
    dir,
    args: ["dev", "hello.ts", "--http-socket", "127.0.0.1:0"],
    ready: "reloads when a file changes",
  });
  t.after(() => portico.stop());
  return portico;
}

/** Asks until the answer is right, for half a second at the most: the promise of `portico dev`. */
async function answersSoon(portico: RunningPortico, expected: RegExp): Promise<Response> {
  const deadline = performance.now() + 500 * Number(process.env["PATIENCE"] ?? 4);
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${portico.port}/`);
    const text = await response.clone().text();
    if (expected.test(text)) return response;
    assert.ok(performance.now() < deadline, `still answered: ${text}`);
  }
}

describe("portico dev", () => {
  it("takes up a saved change, and a change in a file that the app imports", async (t) => {
    const portico = await dev(t, {
      "hello.ts": 'import { text } from "./lib/text.ts";\nexport default () => new Response(text);\n',
      "lib/text.ts": 'export const text = "one";\n',
    });
    await answersSoon(portico, /^one$/);
    await writeFile(join(portico.dir, "lib/text.ts"), 'export const text = "two";\n');
    await answersSoon(portico, /^two$/);
    await writeFile(join(portico.dir, "hello.ts"), APP("three"));
    await answersSoon(portico, /^three$/);
  });

  it("shows a syntax error with its line in the browser and in the terminal, and goes on when it is mended", async (t) => {
    const portico = await dev(t, { "hello.ts": APP("fine") });
    await writeFile(join(portico.dir, "hello.ts"), "// first\nexport default () => new Response(;\n");
    const response = await answersSoon(portico, /hello\.ts/);
    assert.equal(response.status, 500);
    assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(await response.text(), /new Response\(;/);
    await portico.said(/hello\.ts:2[\s\S]*new Response\(;/);
    await writeFile(join(portico.dir, "hello.ts"), APP("mended"));
    await answersSoon(portico, /^mended$/);
  });

  it("shows where an app threw, with the source line, escaped", async (t) => {
    const portico = await dev(t, {
      "hello.ts": 'export default () => {\n  throw new Error("<b>bold</b>");\n};\n',
    });
    const response = await answersSoon(portico, /throw new Error/);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /<b>bold/);
    await portico.said(/<b>bold<\/b>[\s\S]*hello\.ts:2/);
  });

  it("starts with an app that cannot be loaded, and says which exports there are", async (t) => {
    const portico = await dev(t, { "hello.ts": "export const hallo = 1;\n" });
    await answersSoon(portico, /hallo/);
    await writeFile(join(portico.dir, "hello.ts"), APP("now"));
    await answersSoon(portico, /^now$/);
  });

  it("says in one message that the port is taken", async (t) => {
    const first = await dev(t, { "hello.ts": APP("first") });
    const run = await runPortico(["dev", "hello.ts", "--http-socket", `127.0.0.1:${first.port}`], first);
    assert.equal(run.status, 3);
    assert.match(run.stderr, /^portico: Cannot listen on .*in use[^\n]*\n$/);
  });
});
