import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { poll } from "../support/poll.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

describe("the router's queue", () => {
  it("takes as many as `listen` says, and tells the others 503 and when to come back", async (t) => {
    const dir = await projectWith(t, {
      "wsgi.py": `import os, time
def app(environ, start_response):
    while not os.path.exists("go"):
        time.sleep(0.005)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"done"]
`,
      "hello.ini": `[uwsgi]
plugin = python3
module = wsgi:app
http-socket = 127.0.0.1:0
processes = 1
listen = 3
`,
    });
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    // One under way, three wait: of eight four are refused, at once.
    let answered = 0;
    const all = Array.from({ length: 8 }, async () => {
      const response = await fetch(`http://127.0.0.1:${portico.port}/`);
      answered += 1;
      return response;
    });
    await poll(
      () => answered,
      (count) => count === 4,
    );
    await writeFile(`${dir}/go`, "");
    const responses = await Promise.all(all);
    assert.deepEqual(responses.map(({ status }) => status).sort(), [200, 200, 200, 200, 503, 503, 503, 503]);
    for (const response of responses) {
      const text = await response.text();
      if (response.status === 200) assert.equal(text, "done");
      else assert.deepEqual([response.headers.get("retry-after"), text], ["1", "Service Unavailable\n"]);
    }
    await portico.said("all workers are busy and 3 requests wait: more get 503");
    // And then it is as if nothing had been.
    assert.equal((await fetch(`http://127.0.0.1:${portico.port}/`)).status, 200);
  });

  it("holds what comes while the app is still being loaded", async (t) => {
    const dir = await projectWith(t, {
      "wsgi.py": `import os, time
while not os.path.exists("go"):
    time.sleep(0.005)
def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "6")])
    return [b"loaded"]
`,
    });
    const port = await freePort();
    const portico = await startPortico({
      dir,
      args: [...["--plugin", "python3", "--module", "wsgi:app"], ...["--http-socket", `127.0.0.1:${port}`]],
      ready: "router 1 is ready",
    });
    t.after(() => portico.stop());
    const asked = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/`));
    await poll(
      async () => (await portico.status()).workers.find(({ kind }) => kind === "router")?.inFlight,
      (count) => count === 20,
    );
    await writeFile(`${dir}/go`, "");
    for (const response of await Promise.all(asked)) {
      assert.deepEqual([response.status, await response.text()], [200, "loaded"]);
    }
  });
});
