import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startLoad } from "../support/load.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const HELLO = { "hello.ts": 'export default () => new Response("Hello, World!");\n' };
const HTTP = ["--http-socket", "127.0.0.1:0"];

async function serve(t: TestContext, args: readonly string[], files: Record<string, string> = HELLO) {
  const dir = await projectWith(t, files);
  const portico = await startPortico({ dir, args });
  t.after(() => portico.stop());
  return portico;
}

const ask = (port: number, path = "/"): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
const runtimeIn = (dir: string): string => join(dir, "run");

describe("a worker that is killed", () => {
  it("is replaced, and only what it held fails", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--processes", "2", "--disable-logging"]);
    const load = await startLoad(portico.port, 8);
    for (let i = 1; i <= 3; i++) {
      const [victim] = await portico.workers();
      process.kill(victim!, "SIGKILL");
      await portico.said(new RegExp(`pid ${victim}\\) was killed by SIGKILL`));
      while ((await portico.workers()).length < 2);
    }
    const { requests, failures } = await load.stop();
    assert.ok(requests > 100);
    // Eight clients, three kills: nobody can lose more than the request it was waiting for.
    assert.ok(failures.length <= 24, `${failures.length} failures: ${failures.slice(0, 3)}`);
    for (const failure of failures) assert.match(failure, /ECONNRESET|EPIPE|socket hang up|broken response/);
  });

  it("again and again at its start is tried again later and later, and the others serve on", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--processes", "2"], {
      "hello.ts": `import { existsSync } from "node:fs";
if (existsSync("broken")) process.exit(7);
export default () => new Response("up");\n`,
    });
    await writeFile(join(portico.dir, "broken"), "");
    const [victim, other] = await portico.workers();
    process.kill(victim!, "SIGKILL");
    await portico.said(/exited with status 7[\s\S]*exited with status 7/);
    assert.deepEqual(await portico.workers(), [other]);
  });
});

describe("an app that", () => {
  it("leaves a rejection uncaught keeps its requests and gets a new worker", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--processes", "1"], {
      "hello.ts": `export default (request) => {
  if (request.url.endsWith("/reject")) Promise.reject(new Error("nobody caught this"));
  return new Response("fine");
};\n`,
    });
    const [before] = await portico.workers();
    assert.equal(await (await ask(portico.port, "/reject")).text(), "fine");
    await portico.said("nobody caught this");
    await portico.said(/is replaced: unhandled rejection/);
    await portico.said(new RegExp(`pid ${before}\\) has drained`));
    assert.equal(await (await ask(portico.port)).text(), "fine");
  });

  it("blocks its event loop is killed, and the log has the line where it was stuck", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--processes", "1", "--heartbeat-timeout", "2"], {
      "hello.ts": `function spinning() { for (;;) {} }
export default (request) => {
  if (request.url.endsWith("/spin")) spinning();
  return new Response("fine");
};\n`,
    });
    await assert.rejects(ask(portico.port, "/spin"));
    await portico.said(
      /its event loop has been stuck for more than 2 s; it is at\n\s+at spinning \(file:.*hello\.ts:1:/,
    );
    assert.equal(await (await ask(portico.port)).text(), "fine");
  });
});

describe("a stop", () => {
  it("by TERM finishes what is in flight, then vacuums sockets and pid file", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts":
        "export default async () => { await new Promise((go) => setTimeout(go, 700)); return new Response('whole'); };\n",
    });
    const args = [
      "hello.ts",
      ...HTTP,
      "--socket",
      "hello.sock",
      "--fastcgi-socket",
      "f.sock",
      "--pidfile",
      "hello.pid",
      "--vacuum",
      "--processes",
      "2",
    ];
    const portico = await startPortico({ dir, args });
    assert.equal(readFileSync(join(dir, "hello.pid"), "utf8"), `${portico.pid}\n`);
    for (const name of ["hello.sock", "hello.1.sock", "hello.2.sock", "f.sock"])
      assert.equal(statSync(join(dir, name)).mode & 0o777, 0o666, name);
    const answer = ask(portico.port).then((response) => response.text());
    while (!(await portico.status()).workers.some(({ inFlight }) => inFlight === 1));
    await portico.stop();
    assert.equal(await answer, "whole");
    for (const name of ["hello.sock", "hello.1.sock", "hello.2.sock", "f.sock", "hello.pid"])
      assert.equal(existsSync(join(dir, name)), false, `${name} is left`);
  });

  it("leaves no child behind, and cuts off what does not end within reload-mercy", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts":
        "export default () => new Response(new ReadableStream({ pull() { return new Promise(() => {}); } }));\n",
    });
    const portico = await startPortico({
      dir,
      args: ["hello.ts", ...HTTP, "--processes", "2", "--reload-mercy", "1"],
    });
    const workers = await portico.workers();
    const response = await ask(portico.port);
    const cut = assert.rejects(response.text());
    await portico.stop();
    await cut;
    for (const pid of workers) assert.equal(existsSync(`/proc/${pid}`), false);
  });

  it("by portico stop returns when the master is gone", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP]);
    const { status, stdout } = await runPortico(["stop"], portico);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`hello \\(pid ${portico.pid}\\) has stopped`));
    assert.equal((await runPortico(["stop"], portico)).status, 4);
  });

  it("happens to workers when the master is killed", async (t) => {
    const dir = await projectWith(t, HELLO);
    const portico = await startPortico({ dir, args: ["hello.ts", ...HTTP, "--processes", "2"] });
    t.after(() => portico.stop().catch(() => {}));
    const workers = await portico.workers();
    process.kill(portico.pid, "SIGKILL");
    const deadline = Date.now() + 10_000;
    while (workers.some((pid) => existsSync(`/proc/${pid}`))) {
      assert.ok(Date.now() < deadline, "workers outlive their master");
      await new Promise(setImmediate);
    }
  });
});

describe("listeners", () => {
  it("that are taken are refused with status 3 and one clear line", async (t) => {
    const dir = await projectWith(t, HELLO);
    const server = createServer();
    server.listen(0);
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const run = await runPortico(["hello.ts", "--http-socket", `:${port}`], { dir, runtime: runtimeIn(dir) });
    assert.equal(run.status, 3);
    assert.match(run.stderr, new RegExp(`^portico: Cannot listen on :${port}: the address is in use.*\\n$`));
  });

  it("of another Portico are refused, though both would share the port", async (t) => {
    const first = await serve(t, ["hello.ts", ...HTTP, "--processes", "2"]);
    const dir = await projectWith(t, HELLO);
    const run = await runPortico(
      ["hello.ts", "--processes", "2", "--http-socket", `127.0.0.1:${first.port}`],
      { dir, runtime: runtimeIn(dir) },
    );
    assert.equal(run.status, 3);
    assert.match(run.stderr, /in use/);
  });

  it("on a stale unix socket take it over, on a live one or on another file are refused", async (t) => {
    const dir = await projectWith(t, { ...HELLO, "file.sock": "precious" });
    const killed = spawn(
      process.execPath,
      ["-e", "require('net').createServer().listen('stale.sock',()=>console.log('up'))"],
      { cwd: dir, stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    assert.ok(existsSync(join(dir, "stale.sock")));
    const portico = await startPortico({
      dir,
      args: ["hello.ts", "--http-socket", "stale.sock", "--vacuum"],
    });
    t.after(() => portico.stop());
    const socket = connect(join(dir, "stale.sock"));
    await once(socket, "connect");
    socket.destroy();
    const live = await runPortico(["hello.ts", "--http-socket", "stale.sock"], portico);
    assert.equal(live.status, 3);
    assert.match(live.stderr, /a server that is alive listens there/);
    const file = await runPortico(["hello.ts", "--http-socket", "file.sock"], portico);
    assert.equal(file.status, 3);
    assert.equal(readFileSync(join(dir, "file.sock"), "utf8"), "precious");
  });

  it("have the mode and owner that are asked for", {
    skip: process.getuid!() !== 0 && "needs root",
  }, async (t) => {
    const { dir } = await serve(t, [
      "hello.ts",
      "--socket",
      "a.sock",
      "--chmod-socket=660",
      "--chown-socket",
      "www-data:www-data",
      "--vacuum",
    ]);
    const { mode, uid } = statSync(join(dir, "a.sock"));
    assert.equal(mode & 0o777, 0o660);
    assert.notEqual(uid, 0);
  });
});

describe("privileges", { skip: process.getuid!() !== 0 && "needs root" }, () => {
  it("are dropped by workers after the master has bound, groups and all, and no descriptor leaks", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--uid", "www-data", "--processes", "1"], {
      "hello.ts": `import { readdirSync, readFileSync, readlinkSync } from "node:fs";
const links = readdirSync("/proc/self/fd").flatMap((fd) => { try { return [readlinkSync("/proc/self/fd/" + fd)]; } catch { return []; } });
export default () => Response.json({ links, status: readFileSync("/proc/self/status", "utf8"), env: process.env });\n`,
    });
    const seen = (await (await ask(portico.port)).json()) as {
      links: string[];
      status: string;
      env: Record<string, string>;
    };
    const ids = (name: string): string[] =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(seen.status)![1]!.split(/\s+/).filter(Boolean);
    const [uid] = ids("Uid");
    assert.notEqual(uid, "0");
    assert.deepEqual(ids("Uid"), [uid, uid, uid, uid]);
    assert.ok(ids("Gid").every((gid) => gid !== "0"));
    assert.deepEqual(ids("Groups"), []);
    assert.ok(!seen.links.some((link) => link.includes(portico.runtime)), seen.links.join("\n"));
    assert.equal(seen.env["NODE_CHANNEL_FD"], undefined);
    assert.equal(seen.env["PORTICO_DAEMON"], undefined);
    assert.equal(statSync(`/proc/${portico.pid}`).uid, 0);
  });
});

describe("--daemonize", () => {
  it("returns when the workers are ready; the daemon has its own session and no terminal", async (t) => {
    const dir = await projectWith(t, HELLO);
    const place = { dir, runtime: runtimeIn(dir) };
    const args = ["hello.ts", ...HTTP, "--socket", "hello.sock", "--vacuum", "--daemonize", "portico.log"];
    const { status, stdout, stderr } = await runPortico(args, place);
    assert.equal(status, 0, stderr);
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)\//.exec(stdout)?.[1]);
    assert.equal(await (await ask(port)).text(), "Hello, World!");
    const [{ pid }] = JSON.parse((await runPortico(["status", "--json"], place)).stdout) as [{ pid: number }];
    const [, , , , session, tty] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .split(") ")[1]!
      .split(" ")
      .map(Number)
      .toSpliced(0, 0, Number.NaN);
    assert.equal(session, pid);
    assert.equal(tty, 0);
    const logs = await runPortico(["logs"], place);
    assert.match(logs.stdout, /is served by/);
    assert.equal((await runPortico(["stop"], place)).status, 0);
    assert.equal(existsSync(join(dir, "hello.sock")), false);
  });

  it("fails with the reason and its exit status, and leaves nothing running", async (t) => {
    const dir = await projectWith(t, {
      "broken.ts": 'import "./missing.ts";\nexport default 1;\n',
      ...HELLO,
    });
    const place = { dir, runtime: runtimeIn(dir) };
    const broken = await runPortico(
      ["broken.ts", ...HTTP, "--socket", "b.sock", "--vacuum", "--daemonize", "portico.log"],
      place,
    );
    assert.equal(broken.status, 1);
    assert.match(broken.stderr, /missing\.ts/);
    assert.equal((await runPortico(["status"], place)).status, 4);
    assert.equal(existsSync(join(dir, "b.sock")), false);
    const taken = await serve(t, ["hello.ts", ...HTTP]);
    const refused = await runPortico(
      ["hello.ts", "--http-socket", `127.0.0.1:${taken.port}`, "--daemonize", "portico.log"],
      place,
    );
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, /in use/);
  });
});

describe("portico status", () => {
  it("tells people and programs what runs", async (t) => {
    const portico = await serve(t, ["hello.ts", ...HTTP, "--processes", "2"]);
    await ask(portico.port);
    const text = (await runPortico(["status"], portico)).stdout;
    assert.match(
      text,
      new RegExp(`hello {2}generation 1[\\s\\S]*master +${portico.pid}[\\s\\S]*worker 1[\\s\\S]*worker 2`),
    );
    const status = await portico.status();
    assert.equal(status.name, "hello");
    assert.deepEqual(
      status.workers.map(({ id, phase, generation }) => ({ id, phase, generation })),
      [
        { id: 1, phase: "ready", generation: 1 },
        { id: 2, phase: "ready", generation: 1 },
      ],
    );
    assert.equal(
      status.workers.reduce((sum, { requests }) => sum + requests, 0),
      1,
    );
    assert.ok(status.workers.every(({ rss }) => rss > 10_000_000));
  });
});

describe("an app that cannot be loaded", () => {
  it("ends the start with status 1 and its reason, once", async (t) => {
    const dir = await projectWith(t, { "hello.ts": "export const something = 1;\n" });
    const { status, stderr } = await runPortico(["hello.ts", ...HTTP, "--processes", "4"], {
      dir,
      runtime: runtimeIn(dir),
    });
    assert.equal(status, 1);
    assert.match(stderr, /something/);
    assert.equal(stderr.match(/cannot load the app/g)?.length, 1);
  });
});
