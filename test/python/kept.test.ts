import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { HttpClient } from "../support/http-client.ts";
import { startLoad } from "../support/load.ts";
import { poll } from "../support/poll.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const APP = (version: string) => `import os, time
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/hold":
        name = environ["QUERY_STRING"]
        open(name + ".begun", "w").close()
        while not os.path.exists(name):
            time.sleep(0.005)
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/cut":
        start_response("200 OK", [])
        return iter([b"begun", None])
    body = b"${version}"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
`;

/** HTTP alone: nobody but the router reaches the workers. */
async function served(t: TestContext, ...args: string[]): Promise<RunningPortico> {
  const dir = await projectWith(t, { "wsgi.py": APP("version 0") });
  const portico = await startPortico({
    dir,
    args: [
      ...["--plugin", "python3", "--module", "wsgi:app", "--processes", "2", "--disable-logging"],
      ...["--http-socket", "127.0.0.1:0", ...args],
    ],
  });
  t.after(() => portico.stop());
  return portico;
}

/** Process ids of the workers for the app that are ready. */
async function pythons(portico: RunningPortico): Promise<number[]> {
  const { workers } = await portico.status();
  return workers.filter(({ kind, phase }) => kind === "python" && phase === "ready").map(({ pid }) => pid);
}

describe("workers behind kept connections", () => {
  const ways = [[], ["--lazy-apps"], ["--threads", "3"], ["--node-sockets"], ["--max-requests", "2000"]];
  for (const args of ways)
    it(`are reloaded, killed and replaced under load, and no request fails: ${args.join(" ") || "forked"}`, async (t) => {
      const portico = await served(t, ...args);
      const load = await startLoad(portico.port, 8);
      await writeFile(join(portico.dir, "wsgi.py"), APP("version 1"));
      const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
      assert.equal(status, 0, stderr);
      for (let i = 0; i < 2; i++) {
        const [pid] = await pythons(portico);
        process.kill(pid!, "SIGKILL");
        await poll(
          async () => {
            const ready = await pythons(portico);
            return ready.length === 2 && !ready.includes(pid!);
          },
          (isBack) => isBack,
        );
      }
      const { requests, failures, answers } = await load.stop();
      assert.deepEqual(failures, []);
      assert.ok(requests > 100, `${requests} requests`);
      assert.ok(Object.keys(answers).length > 1, Object.keys(answers).join());
      const client = new HttpClient(portico.port);
      assert.equal((await client.ask("/")).body, "version 1");
      client.close();
    });

  it("are all used, and none is asked while it has another request", async (t) => {
    const portico = await served(t);
    const client = new HttpClient(portico.port);
    t.after(() => client.close());
    const slow = client.ask(`/hold?${join(portico.dir, "go")}`);
    // One is held up. Whatever comes is the other's.
    for (let i = 0; i < 20; i++) assert.equal((await client.ask("/")).body, "version 0");
    await writeFile(join(portico.dir, "go"), "");
    assert.equal((await slow).body, "version 0");
  });

  it("read bodies of any size, and what they cut off is seen to be", async (t) => {
    const portico = await served(t);
    const client = new HttpClient(portico.port);
    t.after(() => client.close());
    for (const size of [0, 1, 5_000, 60_000, 3_000_000]) {
      const body = "x".repeat(size);
      assert.equal((await client.ask("/echo", { method: "POST", body })).body, body);
      assert.equal((await client.ask("/echo", { method: "POST", body: inChunks(body) })).body, body);
    }
    await assert.rejects(client.ask("/cut"));
    assert.equal((await client.ask("/")).body, "version 0");
  });

  it("finish with a router that is reloaded too", async (t) => {
    const portico = await served(t);
    const client = new HttpClient(portico.port);
    t.after(() => client.close());
    const slow = client.ask(`/hold?${join(portico.dir, "go")}`);
    await poll(
      async () => (await portico.status()).workers.map(({ inFlight }) => inFlight),
      (counts) => counts.some((count) => count > 0),
    );
    await runPortico(["reload", String(portico.pid)], portico);
    const other = new HttpClient(portico.port);
    t.after(() => other.close());
    assert.equal((await other.ask("/")).body, "version 0");
    await writeFile(join(portico.dir, "go"), "");
    assert.equal((await slow).body, "version 0");
  });
});

async function* inChunks(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 700_000) yield Buffer.from(text.slice(at, at + 700_000));
}
