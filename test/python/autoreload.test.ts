import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { poll } from "../support/poll.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

const APP = (text: string) => `def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${text}"]
`;

it("py-autoreload reloads in production too, when a module changes, and for nothing else", async (t) => {
  const dir = await projectWith(t, {
    "wsgi.py": "from site_app import application\n",
    "site_app.py": APP("one"),
  });
  const portico = await startPortico({
    dir,
    args: ["--http-socket", "127.0.0.1:0", "-w", "wsgi", "--processes", "2", "--py-autoreload", "1"],
  });
  t.after(() => portico.stop());
  const ask = async () => (await fetch(`http://127.0.0.1:${portico.port}/`)).text();
  assert.equal(await ask(), "one");
  await writeFile(join(dir, "style.css"), "body {}");
  await writeFile(join(dir, "site_app.py"), APP("two"));
  await portico.said("reloading: site_app.py changed");
  await poll(ask, (text) => text === "two");
  assert.doesNotMatch(portico.stderr(), /style\.css/);
  // One that cannot be loaded leaves what serves.
  await writeFile(join(dir, "site_app.py"), "def application(:\n");
  await portico.said("the reload failed");
  assert.equal(await ask(), "two");
});
