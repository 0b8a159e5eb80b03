import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type LoadOutcome, startLoad } from "../support/load.ts";
import { poll } from "../support/poll.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";
import { type Served, serve, WAYS, type Way } from "./served.ts";

const CLIENTS = 8;
const APP = (version: string) => `import time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/stuck":
        time.sleep(60)
    body = b"${version}"
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
`;

async function loaded(t: TestContext, args: readonly string[]): Promise<Served> {
  const dir = await projectWith(t, { "wsgi.py": APP("version 0") });
  const served = await serve(["--module", "wsgi:app", "--processes", "2", "--disable-logging", ...args], {
    dir,
    python: ["--plugin", "python3"],
  });
  t.after(() => served.stop());
  return served;
}

/** Does something while both ways are under load. */
async function underLoad(
  served: Served,
  act: () => Promise<void>,
): Promise<Readonly<Record<Way, LoadOutcome>>> {
  const loads = await Promise.all(WAYS.map((way) => startLoad(served.port(way), CLIENTS)));
  const acted = act();
  await acted.catch(() => {});
  const outcomes = await Promise.all(loads.map((load) => load.stop()));
  await acted;
  const [site, router] = outcomes as [LoadOutcome, LoadOutcome];
  return { "NGINX uwsgi_pass": site, "the router": router };
}

/** That whoever was answered by NGINX or the router for a worker that went away was told so. */
const LOST = /status 502|ECONNRESET|socket hang up|broken response/;

describe("under load", { skip: !hasNginx() && "needs nginx" }, () => {
  it("five reloads fail no request, and what is answered is new at the end", async (t) => {
    const served = await loaded(t, []);
    const { portico } = served;
    const outcomes = await underLoad(served, async () => {
      for (let i = 1; i <= 5; i++) {
        await writeFile(join(portico.dir, "wsgi.py"), APP(`version ${i}`));
        const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
        assert.equal(status, 0, stderr);
      }
    });
    for (const way of WAYS) {
      const { requests, failures, answers } = outcomes[way];
      assert.deepEqual(failures, [], way);
      assert.ok(requests > 300, `only ${requests} requests behind ${way}`);
      assert.ok(Object.keys(answers).length > 3, `behind ${way}: ${Object.keys(answers)}`);
      assert.equal((await served.client(way).ask("/")).body, "version 5");
    }
  });

  it("workers that are replaced after 50 requests fail none", async (t) => {
    const served = await loaded(t, ["--max-requests", "50", "--max-requests-delta", "20"]);
    const outcomes = await underLoad(served, async () => {
      await served.portico.said(/(is replaced: it has served \d+ requests \(max-requests\)[\s\S]*){8}/);
    });
    for (const way of WAYS) assert.deepEqual(outcomes[way].failures, [], way);
    // Two workers and the router.
    await poll(
      async () => (await served.portico.workers()).length,
      (count) => count === 3,
    );
  });

  it("harakiri ends the slow request alone, among others that are served", async (t) => {
    const served = await loaded(t, ["--harakiri", "1"]);
    const stuck = served.client("NGINX uwsgi_pass").ask("/stuck");
    const outcomes = await underLoad(served, async () => {
      assert.equal((await stuck).status, 502);
      await served.portico.said("harakiri: GET /stuck");
      await served.portico.said(/exited with status 124[\s\S]*is ready/);
    });
    for (const way of WAYS) assert.deepEqual(outcomes[way].failures, [], way);
  });

  it("a worker that is killed takes with it what it held, and no more", async (t) => {
    const served = await loaded(t, []);
    const kills = 3;
    const outcomes = await underLoad(served, async () => {
      for (let i = 0; i < kills; i++) {
        const { workers } = await served.portico.status();
        const victim = workers.find(({ kind, phase }) => kind === "python" && phase === "ready")!;
        process.kill(victim.pid, "SIGKILL");
        await served.portico.said(new RegExp(`pid ${victim.pid}\\) was killed by SIGKILL`));
        while ((await served.portico.workers()).length < 3);
      }
    });
    // A Python worker holds one request at a time.
    const failures = WAYS.flatMap((way) => outcomes[way].failures);
    assert.ok(failures.length <= kills, failures.join("\n"));
    for (const failure of failures) assert.match(failure, LOST);
  });
});
