import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startLoad } from "../support/load.ts";
import { poll } from "../support/poll.ts";
import { type PorticoOptions, type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const APP = (text: string) => `export default () => new Response(${JSON.stringify(text)});\n`;
const ARGS = ["hello.ts", "--http-socket", "127.0.0.1:0", "--processes", "2", "--disable-logging"];

async function serve(t: TestContext, options: Partial<PorticoOptions> = {}): Promise<RunningPortico> {
  const dir = await projectWith(t, { "hello.ts": APP("one") });
  const portico = await startPortico({ dir, args: ARGS, ...options });
  t.after(() => portico.stop());
  return portico;
}

const ask = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();

/** On a connection of its own. */
function askSocket(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.once("end", () => resolve(text));
    })
      .once("error", reject)
      .end();
  });
}

describe("a reload", () => {
  it("ten times under load fails no request, and what is answered is new at the end", async (t) => {
    const portico = await serve(t);
    const load = await startLoad(portico.port, 16);
    for (let i = 1; i <= 10; i++) {
      await writeFile(join(portico.dir, "hello.ts"), APP(`version ${i}`));
      const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
      assert.equal(status, 0, stderr);
    }
    assert.equal(await ask(portico.port), "version 10");
    const { requests, failures, answers } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(requests > 500, `only ${requests} requests`);
    assert.ok(Object.keys(answers).length > 5, "the load saw several versions");
  });

  it("by HUP replaces every worker and keeps the master", async (t) => {
    const portico = await serve(t);
    const before = await portico.workers();
    process.kill(portico.pid, "SIGHUP");
    await portico.said("reloaded: generation 2");
    const after = await portico.workers();
    assert.equal(after.length, 2);
    assert.deepEqual(
      after.filter((pid) => before.includes(pid)),
      [],
    );
    assert.equal((await portico.status()).pid, portico.pid);
  });

  it("by touching a file takes up what changed", async (t) => {
    const dir = await projectWith(t, { "hello.ts": APP("one"), "reload.me": "" });
    const portico = await startPortico({ dir, args: [...ARGS, "--touch-reload", "reload.me"] });
    t.after(() => portico.stop());
    await writeFile(join(dir, "hello.ts"), APP("two"));
    await utimes(join(dir, "reload.me"), new Date(), new Date(Date.now() + 5000));
    await portico.said("reloaded: generation 2");
    assert.equal(await ask(portico.port), "two");
  });

  it("of an app that cannot be loaded is refused with its reason, and the old workers go on", async (t) => {
    const portico = await serve(t);
    const before = await portico.workers();
    await writeFile(join(portico.dir, "hello.ts"), "export default 5 +;\n");
    const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
    assert.equal(status, 5);
    assert.match(stderr, /hello\.ts:1/);
    assert.deepEqual(await portico.workers(), before);
    assert.equal(await ask(portico.port), "one");
    await writeFile(join(portico.dir, "hello.ts"), APP("mended"));
    assert.equal((await runPortico(["reload", String(portico.pid)], portico)).status, 0);
    assert.equal(await ask(portico.port), "mended");
  });

  it("reads the ini again: more workers, another environment; a wrong one is refused with file and line", async (t) => {
    const ini = (rest: string) => `[uwsgi]\nmodule = hello\nhttp-socket = 127.0.0.1:0\n${rest}`;
    const dir = await projectWith(t, {
      "hello.ts": "export default () => new Response(process.env.GREETING ?? 'none');\n",
      "hello.ini": ini("processes = 1\n"),
    });
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    assert.equal(await ask(portico.port), "none");
    await writeFile(join(dir, "hello.ini"), ini("processes = 3\nenv = GREETING=hi\n"));
    assert.equal((await runPortico(["reload", String(portico.pid)], portico)).status, 0);
    assert.equal((await portico.workers()).length, 3);
    assert.equal(await ask(portico.port), "hi");
    await writeFile(join(dir, "hello.ini"), ini("procesess = 1\n"));
    const refused = await runPortico(["reload", String(portico.pid)], portico);
    assert.equal(refused.status, 5);
    assert.match(refused.stderr, /hello\.ini:4: .*procesess.*processes/);
    assert.equal((await portico.workers()).length, 3);
  });

  it("to more workers binds a socket for each, and has all of them asked by a site that does not know", async (t) => {
    const ini = (rest: string) => `[uwsgi]\nmodule = hello\nsocket = hello.sock\nvacuum = true\n${rest}`;
    const dir = await projectWith(t, {
      "hello.ts": `import { setTimeout } from "node:timers/promises";
export default async () => { await setTimeout(50); return new Response(String(process.pid)); };\n`,
      "hello.ini": ini("processes = 2\n"),
    });
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    for (const processes of [5, 3]) {
      await writeFile(join(dir, "hello.ini"), ini(`processes = ${processes}\n`));
      const { status, stdout } = await runPortico(["reload"], portico);
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`there are ${processes} workers now, and were \\d: .* portico up`));
      const workers = new Set((await portico.workers()).map(String));
      assert.equal(workers.size, processes);
      for (const named of [2, processes]) {
        const answers = new Set<string>();
        await poll(
          async () => {
            const sockets = Array.from({ length: 60 }, (_, i) => join(dir, `hello.${(i % named) + 1}.sock`));
            for (const pid of await Promise.all(sockets.map(askSocket))) answers.add(pid);
            return answers.size;
          },
          (size) => size === processes,
        );
        assert.deepEqual(answers, workers, `of a site with ${named}`);
      }
    }
    assert.doesNotMatch((await runPortico(["reload"], portico)).stdout, /workers now/);
  });

  it("to more Python workers lets the router have as many requests under way", async (t) => {
    // Neither is answered before the other has come.
    const app = `import threading, os, time
def app(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/":
        return [str(environ["wsgi.multiprocess"]).encode()]
    name = environ["PATH_INFO"][1:]
    open(name, "w").close()
    other = {"a": "b", "b": "a"}[name]
    while not os.path.exists(other):
        time.sleep(0.01)
    return [b"both"]
`;
    const ini = (rest: string) =>
      `[uwsgi]\nmodule = wsgi:app\nhttp-socket = 127.0.0.1:0\nharakiri = 10\n${rest}`;
    const dir = await projectWith(t, { "wsgi.py": app, "hello.ini": ini("processes = 1\n") });
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    assert.equal(await ask(portico.port), "False");
    await writeFile(join(dir, "hello.ini"), ini("processes = 2\n"));
    assert.equal((await runPortico(["reload"], portico)).status, 0);
    assert.equal(await ask(portico.port), "True");
    const both = ["a", "b"].map(async (path) =>
      (await fetch(`http://127.0.0.1:${portico.port}/${path}`)).text(),
    );
    assert.deepEqual(await Promise.all(both), ["both", "both"]);
  });

  it("waits for what an old worker has in flight", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts": `const { promise, resolve } = Promise.withResolvers();
export default async (request) => {
  if (new URL(request.url).pathname === "/wait") { console.log("waiting"); await new Promise((go) => setTimeout(go, 1500)); return new Response("late from " + process.pid); }
  return new Response(String(process.pid));
};\n`,
    });
    const portico = await startPortico({ dir, args: [...ARGS.slice(0, 3), "--processes", "1"] });
    t.after(() => portico.stop());
    const [old] = await portico.workers();
    const late = fetch(`http://127.0.0.1:${portico.port}/wait`).then((response) => response.text());
    while ((await portico.status()).workers[0]?.inFlight !== 1);
    assert.equal((await runPortico(["reload", String(portico.pid)], portico)).status, 0);
    assert.notEqual(await ask(portico.port), String(old));
    assert.equal(await late, `late from ${old}`);
  });
});
