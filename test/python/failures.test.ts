import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { PYTHON_APPS, pythonEnv } from "../support/python-env.ts";
import { type Run, runPortico } from "../support/run-portico.ts";
import { packet } from "../support/uwsgi-packet.ts";

const HTTP = ["--http-socket", "127.0.0.1:0"];
const PYTHON = ["--plugin", "python3"];
const HELLO = `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
`;

/** Runs a program that is to fail at its start. */
async function fails(
  t: TestContext,
  files: Record<string, string>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run & { dir: string }> {
  const dir = await projectWith(t, files);
  const run = await runPortico([...HTTP, ...args], { dir, runtime: join(dir, "run"), env });
  return { ...run, dir };
}

async function bare(t: TestContext, args: readonly string[]): Promise<RunningPortico> {
  const portico = await startPortico({
    dir: PYTHON_APPS,
    args: [...PYTHON, "--virtualenv", pythonEnv(), "--module", "bare:app", ...HTTP, ...args],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  });
  t.after(() => portico.stop());
  return portico;
}

const get = (portico: RunningPortico, path = "/"): Promise<Response> =>
  fetch(`http://127.0.0.1:${portico.port}${path}`);

describe("a start that fails", { concurrency: true }, () => {
  it("tells the import error's own traceback, without our frames, and exits with 1", async (t) => {
    const files = { "wsgi.py": "import views\n", "views.py": "def f():\n    import not_there\n\nf()\n" };
    const { status, stderr } = await fails(t, files, [...PYTHON, "--module", "wsgi:app"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /Traceback \(most recent call last\):\n {2}File ".*\/wsgi\.py", line 1, in <module>\n {4}import views\n {2}File ".*\/views\.py", line 4, in <module>/,
    );
    assert.match(stderr, /ModuleNotFoundError: No module named 'not_there'/);
    assert.match(stderr, /error: stopped: worker 1 could not load the app\n$/);
    assert.doesNotMatch(stderr, /portico_worker|importlib/);
  });

  it("says what the module has where the callable is missing", async (t) => {
    const files = { "wsgi.py": HELLO.replace("app", "site") };
    const { status, stderr } = await fails(t, files, [...PYTHON, "--module", "wsgi"]);
    assert.equal(status, 1);
    assert.match(stderr, /Cannot use "application" of wsgi: it has no such name\. It has: site \(function\)/);
    assert.match(stderr, /callable = site/);
  });

  it("says where it looked for a module that is not there", async (t) => {
    const { status, stderr, dir } = await fails(t, {}, [...PYTHON, "--module", "nowhere.wsgi"]);
    assert.equal(status, 1);
    assert.match(stderr, /Cannot load the module 'nowhere\.wsgi'/);
    assert.ok(stderr.includes(dir));
  });

  it("shows the line of a syntax error", async (t) => {
    const { status, stderr } = await fails(t, { "wsgi.py": "x = 1\ndef app(:\n" }, [
      "--wsgi-file",
      "wsgi.py",
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /wsgi\.py", line 2\n\s+def app\(:\n[\s\S]*SyntaxError/);
  });

  it("names a virtual environment that is none, and how to make it", async (t) => {
    const args = ["--wsgi-file", "wsgi.py", "--virtualenv", "env"];
    const { status, stderr } = await fails(t, { "wsgi.py": HELLO, "env/readme": "" }, args);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^portico: Cannot use the virtual environment \/.*\/env: it has no bin\/python.*venv/m,
    );
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  it("names a plugin's Python that is not there", async (t) => {
    const { status, stderr } = await fails(t, { "wsgi.py": HELLO }, [
      "--plugin",
      "python342",
      "--module",
      "wsgi",
    ]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /Cannot run Python apps with python3\.42 \(plugin python342\): there is no such program/,
    );
  });

  it("says that it was the router, where it was", async (t) => {
    const args = [...PYTHON, "--module", "wsgi:app", "--env", "NODE_OPTIONS=--no-such-option"];
    const { status, stderr } = await fails(t, { "wsgi.py": HELLO }, args);
    assert.equal(status, 1);
    assert.match(stderr, /error: stopped: router 1 exited with status 9 before it was ready\n/);
    assert.doesNotMatch(stderr, /load the app|be loaded/);
  });

  it("with need-app off serves 500 and goes on", async (t) => {
    const dir = await projectWith(t, { "wsgi.py": "1 / 0\n" });
    const args = [...PYTHON, ...HTTP, "--module", "wsgi:app", "--need-app=false"];
    const portico = await startPortico({ dir, args });
    t.after(() => portico.stop());
    assert.equal((await get(portico)).status, 500);
    await portico.said("ZeroDivisionError");
  });
});

describe("the interpreter", { concurrency: true }, () => {
  const chosen = async (
    t: TestContext,
    args: string[],
    expected: RegExp,
    prepare: (dir: string) => Promise<Record<string, string>> = async () => ({}),
  ): Promise<void> => {
    const dir = await projectWith(t, { "wsgi.py": HELLO });
    const env = { VIRTUAL_ENV: "", ...(await prepare(dir)) };
    const portico = await startPortico({ dir, args: [...HTTP, "--module", "wsgi:app", ...args], env });
    t.after(() => portico.stop());
    assert.match(portico.stderr(), expected);
  };
  /** A virtual environment, as far as an interpreter goes: it finds its packages by the pyvenv.cfg beside it. */
  const virtualenv = async (path: string): Promise<void> => {
    mkdirSync(join(path, "bin"), { recursive: true });
    await writeFile(join(path, "pyvenv.cfg"), "");
    await writeFile(join(path, "bin/python"), '#!/bin/sh\nexec python3 "$@"\n', { mode: 0o755 });
  };

  it("is told with its version, and why it was taken: PATH", (t) =>
    chosen(t, ["--processes", "1"], /Python apps run on python3, 3\.\d+\.\d+: python3 on PATH/));
  it("plugin", (t) => chosen(t, PYTHON, /Python apps run on python3, 3\.\d+\.\d+: plugin python3/));
  it("the environment that virtualenv names", (t) =>
    chosen(
      t,
      ["--virtualenv", pythonEnv()],
      /Python apps run on \/.*\/bin\/python, 3\.\d+\.\d+: virtualenv/,
    ));
  it(".venv beside the app", (t) =>
    chosen(
      t,
      PYTHON,
      /Python apps run on \/.*\/\.venv\/bin\/python, .*: \.venv beside the app/,
      async (dir) => {
        await virtualenv(join(dir, ".venv"));
        return {};
      },
    ));
  it("an activated environment", (t) =>
    chosen(t, PYTHON, /Python apps run on \/.*\/elsewhere\/bin\/python, .*: VIRTUAL_ENV/, async (dir) => {
      await virtualenv(join(dir, "elsewhere"));
      return { VIRTUAL_ENV: join(dir, "elsewhere") };
    }));
});

describe("while it serves", { concurrency: true }, () => {
  it("harakiri tells the request and the Python stack, and the worker is replaced", async (t) => {
    const portico = await bare(t, ["--processes", "1", "--harakiri", "1"]);
    const [before] = await portico.workers();
    const answer = await get(portico, "/slow?30");
    assert.equal(answer.status, 502);
    await portico.said(/harakiri: GET \/slow\?30 from 127\.0\.0\.1, 1\.\d s: the limit is 1 s/);
    await portico.said(/bare\.py", line \d+, in slow\n\s+time\.sleep/);
    await portico.said(
      new RegExp(
        `worker 1 \\(pid ${before}\\) .*harakiri|worker 1 \\(pid ${before}\\) exited with status 124`,
      ),
    );
    assert.equal(await (await get(portico)).text(), "Hello, World!");
  });

  it("a worker that the kernel kills is reported with what it held, and replaced", async (t) => {
    const portico = await bare(t, ["--processes", "1"]);
    const [before] = await portico.workers();
    // The router asks another worker for a GET that was lost; a POST may have done something.
    const held = fetch(`http://127.0.0.1:${portico.port}/slow?30`, { method: "POST" });
    while ((await portico.status()).workers[0]?.inFlight !== 1);
    process.kill(before!, "SIGKILL");
    assert.equal((await held).status, 502);
    await portico.said(new RegExp(`worker 1 \\(pid ${before}\\) was killed by SIGKILL, holding`));
    assert.equal(await (await get(portico)).text(), "Hello, World!");
  });

  it("a crash in C prints the Python stack", async (t) => {
    const dir = await projectWith(t, {
      "wsgi.py": `import faulthandler
def app(environ, start_response):
    if environ["PATH_INFO"] == "/crash":
        faulthandler._sigsegv()
    start_response("200 OK", [])
    return [b"fine"]
`,
    });
    const portico = await startPortico({ dir, args: [...PYTHON, ...HTTP, "--module", "wsgi:app"] });
    t.after(() => portico.stop());
    assert.equal((await get(portico, "/crash")).status, 502);
    await portico.said(/Fatal Python error: Segmentation fault[\s\S]*wsgi\.py", line 4 in app/);
    await portico.said(/was killed by SIGSEGV/);
  });

  it("a client that hangs up while it is answered gives one quiet line", async (t) => {
    const dir = await projectWith(t, {
      "wsgi.py": `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/":
        return [b"fine"]
    return (b"x" * 65536 for _ in range(10_000))
`,
    });
    const socket = join(dir, "app.sock");
    const args = [...PYTHON, "--module", "wsgi:app", "--uwsgi-socket", socket, ...HTTP, "--processes", "1"];
    const portico = await startPortico({ dir, args: [...args, "--vacuum", "--disable-logging"] });
    t.after(() => portico.stop());
    await portico.said(/Portico \S+ at http/);
    const before = portico.stderr().length;
    // Straight on the worker's socket: uwsgi packet, a little of the answer, and gone.
    const peer = connect(socket);
    peer.write(
      packet({ REQUEST_METHOD: "GET", PATH_INFO: "/large", REQUEST_URI: "/large", REMOTE_ADDR: "192.0.2.7" }),
    );
    peer.once("data", () => peer.destroy());
    await portico.said(/GET \/large.*(hung up|broken pipe)/i);
    assert.equal(await (await get(portico)).text(), "fine");
    const said = portico.stderr().slice(before).trim().split("\n");
    assert.equal(said.length, 1, said.join("\n"));
    assert.doesNotMatch(said[0]!, /error:|Traceback|OSError/);
    // Through the router it is the router's to tell.
    const response = await get(portico, "/large");
    await response.body!.cancel();
    assert.equal(await (await get(portico)).text(), "fine");
    assert.doesNotMatch(portico.stderr(), /Traceback|OSError/);
  });
});
