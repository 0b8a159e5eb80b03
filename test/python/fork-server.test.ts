import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startLoad } from "../support/load.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** Says where it was loaded and where it is asked. */
const APP = (version: string): string => `import os, random, time
LOADED_IN = os.getpid()
FIRST = None
def app(environ, start_response):
    global FIRST
    if environ["PATH_INFO"] == "/slow":
        time.sleep(float(environ["QUERY_STRING"]))
    FIRST = FIRST or random.random()
    body = " ".join(["${version}", str(LOADED_IN), str(os.getpid()), str(os.getuid()), str(FIRST)]).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
`;
const ARGS = [
  "--plugin",
  "python3",
  "--http-socket",
  "127.0.0.1:0",
  "--module",
  "wsgi:app",
  "--disable-logging",
];

/** They look at processes in /proc. */
const PARALLEL = { concurrency: 2, timeout: 120_000, skip: process.platform !== "linux" && "needs Linux" };

async function serve(
  t: TestContext,
  args: readonly string[] = [],
  app = APP("first"),
): Promise<RunningPortico> {
  const dir = await projectWith(t, { "wsgi.py": app });
  const portico = await startPortico({ dir, args: [...ARGS, "--processes", "2", ...args] });
  t.after(() => portico.stop());
  return portico;
}

interface Answer {
  readonly version: string;
  readonly loadedIn: number;
  readonly pid: number;
  readonly uid: number;
  readonly random: string;
}

async function ask(portico: RunningPortico, path = "/"): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${portico.port}${path}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const [version, loadedIn, pid, uid, random] = text.split(" ") as [string, string, string, string, string];
  return { version, loadedIn: Number(loadedIn), pid: Number(pid), uid: Number(uid), random };
}

/** An answer of each of two workers: the others are busy meanwhile. */
async function askBoth(portico: RunningPortico): Promise<[Answer, Answer]> {
  const slow = ask(portico, "/slow?0.5");
  await poll(
    async () =>
      (await portico.status()).workers.filter(({ kind, inFlight }) => kind === "python" && inFlight > 0),
    (busy) => busy.length > 0,
  );
  const quick = await ask(portico);
  return [await slow, quick];
}

async function pythonWorkers(portico: RunningPortico): Promise<number[]> {
  const { workers } = await portico.status();
  return workers.filter(({ kind, phase }) => kind === "python" && phase === "ready").map(({ pid }) => pid);
}

/** As `poll`, for a machine that starts interpreters all the while: the tests' own limit ends it. */
async function poll<T>(look: () => Promise<T> | T, good: (seen: T) => boolean): Promise<void> {
  while (!good(await look())) await setTimeout(10);
}

const commOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
};

/** Every process that has this folder for its own: what is started there, and what is left of it. */
function processesIn(dir: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const [environ, state] = [
        readFileSync(`/proc/${name}/environ`, "utf8"),
        readFileSync(`/proc/${name}/stat`, "utf8"),
      ];
      return environ.includes(`FORK_TEST=${dir}\0`) && !/\) Z /.test(state) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

const isGone = (pid: number): boolean => {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
};

describe("two Python workers or more", PARALLEL, () => {
  it("are forked from one process that has loaded the app, each with its own random numbers", async (t) => {
    const portico = await serve(t);
    const [one, other] = await askBoth(portico);
    assert.notEqual(one.pid, other.pid);
    assert.deepEqual((await pythonWorkers(portico)).sort(), [one.pid, other.pid].sort());
    assert.equal(one.loadedIn, other.loadedIn);
    assert.notEqual(one.random, other.random);
    assert.equal(commOf(one.loadedIn), "portico py fork");
    assert.match(commOf(one.pid), /^portico py [12]$/);
    assert.match(portico.stderr(), new RegExp(`worker \\d is ready: pid ${one.pid}, WSGI`));
  });

  it("load it each with lazy-apps", async (t) => {
    const portico = await serve(t, ["--lazy-apps"]);
    const [one, other] = await askBoth(portico);
    assert.deepEqual([one.loadedIn, other.loadedIn], [one.pid, other.pid]);
  });

  it("are loaded and run as the user of uid", {
    skip: process.getuid!() !== 0 && "needs root",
  }, async (t) => {
    const portico = await serve(
      t,
      ["--uid", "www-data"],
      APP("first").replace("LOADED_IN", "assert os.getuid()\nLOADED_IN"),
    );
    const { uid, loadedIn } = await ask(portico);
    assert.notEqual(uid, 0);
    const ids = /^Uid:\s+(.*)$/m
      .exec(readFileSync(`/proc/${loadedIn}/status`, "utf8"))![1]!
      .split("\t")
      .map(Number);
    assert.deepEqual(ids, [uid, uid, uid, uid]);
    assert.match(readFileSync(`/proc/${loadedIn}/status`, "utf8"), /^Groups:\s*$/m);
  });

  it("do not have the threads that the app starts as it is loaded, and this is said", async (t) => {
    const thread =
      "import threading\nthreading.Thread(target=threading.Event().wait, name='ticker', daemon=True).start()\n";
    const portico = await serve(t, [], thread + APP("first"));
    await portico.said(
      /fork server\[\d+\]: warning: the app started threads as it was loaded \(ticker\); .*lazy-apps = true/,
    );
    assert.equal((await ask(portico)).version, "first");
  });

  it("have the signal handlers that the app set, and TERM to one drains it", async (t) => {
    const handler =
      "import signal, os\nsignal.signal(signal.SIGUSR2, lambda *_: os.write(2, b'USR2 it was\\n'))\n";
    const portico = await serve(t, [], handler + APP("first"));
    const [pid] = await pythonWorkers(portico);
    process.kill(pid!, "SIGUSR2");
    await portico.said("USR2 it was");
    process.kill(pid!, "SIGTERM");
    await poll(() => isGone(pid!), Boolean);
    await poll(
      async () => (await pythonWorkers(portico)).length,
      (count) => count === 2,
    );
  });

  it("tell what they held when they are killed", async (t) => {
    const portico = await serve(t);
    const lost = fetch(`http://127.0.0.1:${portico.port}/slow?30`, { method: "POST" });
    let victim: number | undefined;
    while (victim === undefined)
      victim = (await portico.status()).workers.find(
        ({ kind, inFlight }) => kind === "python" && inFlight > 0,
      )?.pid;
    process.kill(victim, "SIGSEGV");
    await portico.said(
      new RegExp(
        `pid ${victim}\\) was killed by SIGSEGV, holding 1 request:\\n {2}POST /slow\\?30 from 127.0.0.1, \\d+\\.\\d s\\n`,
      ),
    );
    assert.equal((await lost).status, 502);
    await poll(
      async () => (await pythonWorkers(portico)).length,
      (count) => count === 2,
    );
  });

  it("that do not end in time are killed, by a stop as well", async (t) => {
    const dir = await projectWith(t, { "wsgi.py": APP("first") });
    const portico = await startPortico({ dir, args: [...ARGS, "--processes", "2", "--reload-mercy", "1"] });
    const pids = await pythonWorkers(portico);
    const { loadedIn } = await ask(portico);
    // A process that is stopped neither drains nor cuts off.
    process.kill(pids[0]!, "SIGSTOP");
    await portico.stop();
    for (const pid of [...pids, loadedIn]) assert.ok(isGone(pid), `${pid} is left`);
  });
});

describe("a reload of forked workers", PARALLEL, () => {
  it("that cannot load the app leaves the old ones, which are replaced from what they had loaded", async (t) => {
    const portico = await serve(t);
    const before = await ask(portico);
    await writeFile(join(portico.dir, "wsgi.py"), "import not_there\n");
    const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
    assert.equal(status, 5);
    assert.match(stderr, /Traceback[\s\S]*wsgi\.py", line 1[\s\S]*No module named 'not_there'/);
    for (const pid of await pythonWorkers(portico)) {
      process.kill(pid, "SIGKILL");
      await portico.said(new RegExp(`pid ${pid}\\) was killed by SIGKILL`));
    }
    await poll(
      async () => (await pythonWorkers(portico)).length,
      (count) => count === 2,
    );
    const after = await ask(portico);
    assert.deepEqual([after.version, after.loadedIn], ["first", before.loadedIn]);
    assert.notEqual(after.pid, before.pid);
  });

  it("that succeeds takes the old process away with its last worker", async (t) => {
    const portico = await serve(t);
    const before = await ask(portico);
    await writeFile(join(portico.dir, "wsgi.py"), APP("second"));
    const { status, stderr } = await runPortico(["reload", String(portico.pid)], portico);
    assert.equal(status, 0, stderr);
    const after = await ask(portico);
    assert.equal(after.version, "second");
    assert.notEqual(after.loadedIn, before.loadedIn);
    await poll(() => isGone(before.loadedIn), Boolean);
    assert.doesNotMatch(portico.stderr(), /fork server/);
  });

  it("to more workers, and to one", async (t) => {
    const portico = await serve(t, ["--processes", "2"]);
    for (const [signal, workers] of [
      ["SIGTTIN", 3],
      ["SIGTTOU", 2],
      ["SIGTTOU", 1],
      ["SIGTTIN", 2],
    ] as const) {
      process.kill(portico.pid, signal);
      await poll(
        async () => (await pythonWorkers(portico)).length,
        (count) => count === workers,
      );
      await poll(
        async () => (await portico.status()).workers.length,
        (count) => count === workers + 1,
      );
    }
    const { loadedIn, pid } = await ask(portico);
    assert.notEqual(loadedIn, pid);
  });
});

describe("the process that forks", PARALLEL, () => {
  it("when it is killed lets its workers finish what they have", async (t) => {
    const portico = await serve(t);
    const old = await pythonWorkers(portico);
    const [{ loadedIn }] = await askBoth(portico);
    const long = ask(portico, "/slow?1");
    await poll(
      async () =>
        (await portico.status()).workers.some(({ kind, inFlight }) => kind === "python" && inFlight > 0),
      Boolean,
    );
    process.kill(loadedIn, "SIGKILL");
    await portico.said(/worker 1 \(pid \d+\) finishes what it has: its fork server was killed by SIGKILL\n/);
    assert.equal((await long).loadedIn, loadedIn);
    for (const pid of old) await poll(() => isGone(pid), Boolean);
    assert.notEqual((await ask(portico)).loadedIn, loadedIn);
  });

  it("when it is killed under load fails no request, and another takes its place", async (t) => {
    const portico = await serve(t);
    const load = await startLoad(portico.port, 8);
    for (let i = 0; i < 3; i++) {
      const old = await pythonWorkers(portico);
      process.kill((await ask(portico)).loadedIn, "SIGKILL");
      await poll(
        async () => (await pythonWorkers(portico)).filter((pid) => !old.includes(pid)).length,
        (count) => count === 2,
      );
      for (const pid of old) await poll(() => isGone(pid), Boolean);
    }
    const { requests, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(
      requests > 20,
      `only ${requests}
${portico.stderr()}`,
    );
  });

  it("when it hangs is killed in place of the workers that it does not kill", async (t) => {
    const portico = await serve(t);
    const { loadedIn } = await ask(portico);
    const workers = await pythonWorkers(portico);
    process.kill(loadedIn, "SIGSTOP");
    process.kill(portico.pid, "SIGQUIT");
    for (const pid of [loadedIn, ...workers]) await poll(() => isGone(pid), Boolean);
  });

  it("goes with its workers when the master is killed, as does one that is loading still", async (t) => {
    for (const app of [APP("first"), "import time\ntime.sleep(60)\n"]) {
      const dir = await projectWith(t, { "wsgi.py": app });
      const child = spawn(process.execPath, [MAIN, ...ARGS, "--processes", "2"], {
        cwd: dir,
        env: { ...process.env, FORK_TEST: dir, PORTICO_RUNTIME_DIR: join(dir, "run") },
        stdio: "ignore",
      });
      const wanted = app.includes("LOADED_IN") ? 4 : 2;
      await poll(
        () => processesIn(dir).filter((pid) => commOf(pid).startsWith("portico py")).length,
        (n) => n >= Math.max(1, wanted - 1),
      );
      child.kill("SIGKILL");
      await once(child, "exit");
      await poll(
        () => processesIn(dir).join(),
        (left) => left === "",
      );
    }
  });

  it("obeys its master and not TERM to the whole process group", async (t) => {
    const dir = await projectWith(t, { "wsgi.py": APP("first") });
    const child = spawn(process.execPath, [MAIN, ...ARGS, "--processes", "3"], {
      cwd: dir,
      env: { ...process.env, FORK_TEST: dir, PORTICO_RUNTIME_DIR: join(dir, "run") },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    await poll(
      () => said,
      (text) => text.includes("is served by"),
    );
    process.kill(-child.pid!, "SIGTERM");
    const [status] = (await once(child, "close")) as [number];
    assert.equal(status, 0, said);
    assert.doesNotMatch(said, /error|Traceback/);
    await poll(
      () => processesIn(dir).join(),
      (left) => left === "",
    );
  });
});
