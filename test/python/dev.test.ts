import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { poll } from "../support/poll.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

const APP = (text: string) => `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${text}"]
`;

async function dev(t: TestContext, files: Record<string, string>): Promise<RunningPortico> {
  const dir = await projectWith(t, files);
  const portico = await startPortico({
    dir,
    args: ["dev", "wsgi.py", "--http-socket", "127.0.0.1:0"],
    ready: "reloads when a file changes",
  });
  t.after(() => portico.stop());
  return portico;
}

/** Asks until the answer is right. */
async function answersSoon(portico: RunningPortico, expected: RegExp): Promise<Response> {
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${portico.port}/?q=<i>`);
    const text = await response.clone().text();
    return { response, text, toString: () => text };
  };
  return (await poll(ask, ({ text }) => expected.test(text))).response;
}

describe("portico dev of a Python app", { concurrency: true }, () => {
  it("takes up a saved change, and a change in a module that the app imports", async (t) => {
    const portico = await dev(t, {
      "wsgi.py": "from lib.site import application\n",
      "lib/__init__.py": "",
      "lib/site.py": APP("one"),
    });
    await answersSoon(portico, /^one$/);
    await writeFile(join(portico.dir, "lib/site.py"), APP("number two"));
    await answersSoon(portico, /^number two$/);
    await writeFile(join(portico.dir, "wsgi.py"), APP("three"));
    await answersSoon(portico, /^three$/);
  });

  it("shows the traceback in the browser, escaped, and in the terminal", async (t) => {
    const portico = await dev(t, {
      "wsgi.py": 'def application(environ, start_response):\n    raise ValueError("<b>bold</b>")\n',
    });
    const response = await answersSoon(portico, /ValueError/);
    assert.equal(response.status, 500);
    assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
    const text = await response.text();
    assert.match(text, /wsgi\.py.*, line 2, in application/);
    assert.doesNotMatch(text, /<b>bold|<i>|portico_worker/);
    await portico.said(/wsgi\.py", line 2, in application[\s\S]*ValueError: <b>bold<\/b>/);
  });

  it("starts with an app that cannot be imported, shows why, and goes on when it is mended", async (t) => {
    const portico = await dev(t, { "wsgi.py": "def application(:\n" });
    const response = await answersSoon(portico, /SyntaxError/);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /def application\(:/);
    await writeFile(join(portico.dir, "wsgi.py"), APP("mended"));
    await answersSoon(portico, /^mended$/);
    await writeFile(join(portico.dir, "wsgi.py"), "import not_there\n");
    await answersSoon(portico, /No module named &#39;not_there&#39;/);
    await portico.said("ModuleNotFoundError: No module named 'not_there'");
  });
});
