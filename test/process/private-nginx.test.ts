import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { masterPid, workersOf } from "../../src/nginx/processes.ts";
import { freePort } from "../support/free-port.ts";
import { poll } from "../support/poll.ts";
import { type PorticoOptions, type RunningPortico, startPortico } from "../support/portico.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const skip = !hasNginx() && "needs nginx";
const NOBODY = 65534;

const APP = `let slow;
export default async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/slow") await new Promise((resolve) => { slow = resolve; console.error("slow began"); setTimeout(resolve, 1500); });
  if (pathname === "/upload") return new Response(String((await request.arrayBuffer()).byteLength));
  return new Response("from the app" + pathname);
};
`;

const ini = (port: number, site = "", more = ""): string => `[uwsgi]
module = hello
socket = hello.sock
processes = 2
vacuum = true
nginx = private
${more}
[nginx]
listen = 127.0.0.1:${port} default_server
${site}
`;

interface Served extends RunningPortico {
  readonly nginxPort: number;
  /** The pid of NGINX's master, as it says itself; undefined: it does not run. */
  nginx(): number | undefined;
}

async function serve(
  t: TestContext,
  options: Partial<PorticoOptions> & { more?: string } = {},
): Promise<Served> {
  const nginxPort = await freePort();
  const dir = await projectWith(t, { "hello.js": APP, "hello.ini": ini(nginxPort, "", options.more) });
  const portico = await startPortico({ dir, args: ["hello.ini"], ...options });
  t.after(() => portico.stop());
  return Object.assign(portico, { nginxPort, nginx: () => masterPid(placesIn(dir)) });
}

const placesIn = (dir: string) => ({ pidFile: join(dir, ".portico/nginx/nginx.pid") });
const get = (port: number, path = "/", init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

/** Each request on a connection of its own: NGINX may close a kept one at any moment. */
function freshConnections(port: number, clients = 1) {
  const failures: string[] = [];
  let requests = 0;
  let stopped = false;
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      requests += 1;
      const fail = (error: Error): void => resolve(void failures.push(error.message));
      request({ host: "127.0.0.1", port, agent: false }, (response) => {
        if (response.statusCode !== 200) failures.push(`status ${response.statusCode}`);
        response.resume().once("error", fail).once("end", resolve);
      })
        .once("error", fail)
        .end();
    });
  const client = async () => {
    while (!stopped) await once();
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    async stop() {
      stopped = true;
      await done;
      return { failures, requests };
    },
  };
}

/** NGINX processes that have the project's log open, or worked for one that had. */
function nginxIn(dir: string): string[] {
  const { stdout } = spawnSync(
    "sh",
    ["-c", `ls -l /proc/[0-9]*/fd 2>/dev/null | grep -F ${dir}/.portico || :`],
    {
      encoding: "utf8",
    },
  );
  return stdout.split("\n").filter((line) => line !== "");
}

/** Resolves when NGINX has answered with the pid of each worker, and no other. */
async function everyWorkerAnswers(portico: Served): Promise<void> {
  const workers = new Set((await portico.workers()).map(String));
  const answers = new Set<string>();
  await poll(
    async () => answers.add(await (await get(portico.nginxPort)).text()).size,
    (size) => size >= workers.size,
  );
  assert.deepEqual(answers, workers);
}

/** Resolves when nobody listens there any more. */
async function refuses(port: number): Promise<void> {
  const look = (): Promise<string> =>
    get(port).then(
      () => "answers",
      () => "refuses",
    );
  await poll(look, (seen) => seen === "refuses");
}

/** Who ends what the master keeps when it is killed. */
function orphanGuards(master: number): number[] {
  const children = readFileSync(`/proc/${master}/task/${master}/children`, "utf8").trim().split(" ");
  const guards = children.filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("portico-orphan-guard"),
  );
  assert.equal(guards.length, 1, children.join(" "));
  return guards.map(Number);
}

describe("nginx = private", { skip }, () => {
  it("starts an NGINX of the instance's own, in front, and ends with it, what is in flight answered", async (t) => {
    const portico = await serve(t);
    const answer = await get(portico.nginxPort, "/hello");
    assert.equal(await answer.text(), "from the app/hello");
    assert.equal(answer.headers.get("server"), "nginx");
    const { url, listeners, companions } = await portico.status();
    assert.equal(url, `http://localhost:${portico.nginxPort}/`);
    assert.ok(listeners.includes(`nginx 127.0.0.1:${portico.nginxPort}`), String(listeners));
    assert.deepEqual(
      companions.map(({ name, pid, phase, restarts }) => ({ name, pid, phase, restarts })),
      [{ name: "nginx", pid: portico.nginx(), phase: "running", restarts: 0 }],
    );
    const { stdout } = await runPortico(["status"], portico);
    assert.match(stdout, /nginx +\d+ +running/);
    assert.equal(statSync(join(portico.dir, ".portico/nginx/access.log")).mode & 0o777, 0o640);

    const slow = get(portico.nginxPort, "/slow");
    await portico.said("slow began");
    process.kill(portico.pid, "SIGTERM");
    await portico.said("stopping");
    await refuses(portico.nginxPort);
    assert.equal(await (await slow).text(), "from the app/slow");
    await portico.stop();
    assert.deepEqual(nginxIn(portico.dir), []);
  });

  it("runs as an ordinary user, and takes large bodies", {
    skip: process.getuid!() !== 0 && "needs root",
  }, async (t) => {
    const portico = await serve(t, { uid: NOBODY });
    assert.equal(await (await get(portico.nginxPort)).text(), "from the app/");
    const master = portico.nginx()!;
    for (const pid of [master, ...workersOf(master).map((worker) => worker.pid)])
      assert.equal(statSync(`/proc/${pid}`).uid, NOBODY);
    const body = new Uint8Array(3_000_000);
    assert.equal(await (await get(portico.nginxPort, "/upload", { method: "POST", body })).text(), "3000000");
    assert.equal(readFileSync(join(portico.dir, ".portico/nginx/error.log"), "utf8"), "");
  });

  it("hands root's NGINX workers to the instance's user", {
    skip: process.getuid!() !== 0 && "needs root",
  }, async (t) => {
    const portico = await serve(t, { more: "uid = nobody" });
    const master = portico.nginx()!;
    assert.equal(statSync(`/proc/${master}`).uid, 0);
    for (const { pid } of workersOf(master)) assert.equal(statSync(`/proc/${pid}`).uid, NOBODY);
    assert.equal(await (await get(portico.nginxPort)).text(), "from the app/");
  });

  it("is started again when it is killed, with nobody left behind on its port", async (t) => {
    const portico = await serve(t);
    for (const times of [1, 2]) {
      const before = portico.nginx()!;
      process.kill(before, "SIGKILL");
      await portico.said(new RegExp(`(?:nginx is back: pid \\d+[^]*){${times}}`));
      assert.notEqual(portico.nginx(), before);
      assert.equal(await (await get(portico.nginxPort)).text(), "from the app/");
    }
    assert.match(portico.stderr(), /nginx: it was killed by SIGKILL; it is started again in 0.5 s/);
    const [nginx] = (await portico.status()).companions;
    assert.equal(nginx?.restarts, 2);
  });

  it("takes up a changed site at a reload, without failing a request", async (t) => {
    const portico = await serve(t);
    const master = portico.nginx();
    const load = freshConnections(portico.nginxPort);
    await writeFile(join(portico.dir, "more.conf"), "add_header X-Site changed;\n");
    await writeFile(join(portico.dir, "hello.ini"), ini(portico.nginxPort, "include = more.conf"));
    const { status, stderr } = await runPortico(["reload"], portico);
    assert.equal(status, 0, stderr);
    assert.equal((await get(portico.nginxPort)).headers.get("x-site"), "changed");
    assert.equal(portico.nginx(), master);
    const { failures, requests } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(requests > 10, `${requests} requests`);
  });

  it("takes up more workers, and fewer, at a reload under load, each with a socket of its own", async (t) => {
    const portico = await serve(t);
    const pids = "export default () => new Response(String(process.pid));\n";
    await writeFile(join(portico.dir, "hello.js"), pids);
    const load = freshConnections(portico.nginxPort, 8);
    for (const processes of [4, 1, 3]) {
      const text = ini(portico.nginxPort).replace("processes = 2", `processes = ${processes}`);
      await writeFile(join(portico.dir, "hello.ini"), text);
      const { status, stdout, stderr } = await runPortico(["reload"], portico);
      assert.equal(status, 0, stderr);
      // NGINX is told by the master: nothing is left to be done.
      assert.match(stdout, /^hello is reloaded: generation \d\n$/);
      const site = readFileSync(join(portico.dir, ".portico/nginx/site.conf"), "utf8");
      const sockets = site.match(/hello\.\d\.sock/g) ?? [];
      assert.equal(sockets.length, processes);
      for (const socket of sockets) assert.ok(existsSync(join(portico.dir, socket)), socket);
      await everyWorkerAnswers(portico);
    }
    const { requests, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(requests > 500, `only ${requests} requests`);
    assert.equal(readFileSync(join(portico.dir, ".portico/nginx/error.log"), "utf8"), "");
  });

  it("keeps the number of workers where a reload with more cannot be done", async (t) => {
    const portico = await serve(t);
    const more = ini(portico.nginxPort).replace("processes = 2", "processes = 3");
    await writeFile(join(portico.dir, "hello.ini"), more);
    await writeFile(join(portico.dir, "hello.js"), "export default 5 +;\n");
    const before = await portico.workers();
    const { status } = await runPortico(["reload"], portico);
    assert.equal(status, 5);
    assert.deepEqual(await portico.workers(), before);
    assert.doesNotMatch(
      readFileSync(join(portico.dir, ".portico/nginx/site.conf"), "utf8"),
      /hello\.3\.sock/,
    );
    // What was bound for the third has not gone to waste.
    await writeFile(
      join(portico.dir, "hello.js"),
      "export default () => new Response(String(process.pid));\n",
    );
    process.kill(portico.pid, "SIGHUP");
    await portico.said("reloaded: generation 3");
    await everyWorkerAnswers(portico);
  });

  it("keeps site and workers where NGINX refuses the changed site, and says what NGINX says", async (t) => {
    const portico = await serve(t);
    const workers = await portico.workers();
    await writeFile(join(portico.dir, "more.conf"), "no_such_directive on;\n");
    await writeFile(join(portico.dir, "hello.ini"), ini(portico.nginxPort, "include = more.conf"));
    const { status, stderr } = await runPortico(["reload"], portico);
    assert.equal(status, 5);
    assert.match(stderr, /unknown directive "no_such_directive" in .*more\.conf:1/);
    assert.deepEqual(await portico.workers(), workers);
    assert.equal(await (await get(portico.nginxPort)).text(), "from the app/");
    assert.doesNotMatch(readFileSync(join(portico.dir, ".portico/nginx/site.conf"), "utf8"), /more\.conf/);
    assert.deepEqual(
      readdirSync(join(portico.dir, ".portico/nginx")).filter((name) => name.endsWith(".new")),
      [],
    );
  });

  it("ends at once with QUIT, and its logs are opened anew with USR1", async (t) => {
    const portico = await serve(t);
    const log = join(portico.dir, ".portico/nginx/access.log");
    await (await get(portico.nginxPort, "/before")).text();
    renameSync(log, `${log}.1`);
    process.kill(portico.pid, "SIGUSR1");
    await poll(() => existsSync(log), Boolean);
    await (await get(portico.nginxPort, "/after")).text();
    assert.match(await poll(() => readFileSync(log, "utf8"), Boolean), /\/after/);
    assert.match(readFileSync(`${log}.1`, "utf8"), /\/before/);

    await portico.said("reloaded: generation 2");
    const slow = get(portico.nginxPort, "/slow").then(
      () => "answered",
      () => "cut",
    );
    await portico.said("slow began");
    process.kill(portico.pid, "SIGQUIT");
    await portico.stop();
    assert.equal(await slow, "cut");
    assert.deepEqual(nginxIn(portico.dir), []);
  });

  it("says who has its port, exits with 3 and leaves nothing behind", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const dir = await projectWith(t, { "hello.js": APP, "hello.ini": ini(port) });
    const { status, stderr } = await runPortico(["hello.ini"], { dir, runtime: join(dir, "run") });
    assert.equal(status, 3, stderr);
    assert.match(stderr, new RegExp(`Another program listens on 127\\.0\\.0\\.1:${port} \\(ss -ltnp`));
    assert.deepEqual(nginxIn(dir), []);
    assert.equal(existsSync(join(dir, "hello.sock")), false);
    // A daemon tells the same to the one who typed it.
    const daemon = await runPortico(["hello.ini", "--daemonize", "hello.log"], {
      dir,
      runtime: join(dir, "run"),
    });
    assert.equal(daemon.status, 3, daemon.stderr);
    assert.match(daemon.stderr, /Another program listens/);
  });

  it("is refused where Portico itself is told to listen on the same port", async (t) => {
    const port = await freePort();
    const dir = await projectWith(t, {
      "hello.js": APP,
      "hello.ini": ini(port, "", `http-socket = :${port}`),
    });
    const { status, stderr } = await runPortico(["hello.ini"], { dir, runtime: join(dir, "run") });
    assert.equal(status, 2);
    assert.match(stderr, /would both listen on port/);
  });

  it("ends with a master that is killed, what is in flight answered", async (t) => {
    const portico = await serve(t);
    const slow = get(portico.nginxPort, "/slow");
    await portico.said("slow began");
    const killed = portico.kill();
    await refuses(portico.nginxPort);
    assert.equal(await (await slow).text(), "from the app/slow");
    await poll(
      () => nginxIn(portico.dir),
      ({ length }) => length === 0,
    );
    await killed;
  });

  it("ends with a master that is killed after its own master was", async (t) => {
    const portico = await serve(t);
    const master = portico.nginx()!;
    // Stopped, it cannot see that NGINX ends.
    process.kill(portico.pid, "SIGSTOP");
    process.kill(master, "SIGKILL");
    const killed = portico.kill();
    await poll(
      () => nginxIn(portico.dir),
      ({ length }) => length === 0,
    );
    await killed;
  });

  it("takes the port back from one that a killed master has left", async (t) => {
    const nginxPort = await freePort();
    const dir = await projectWith(t, { "hello.js": APP, "hello.ini": ini(nginxPort) });
    const first = await startPortico({ dir, args: ["hello.ini"] });
    // Who would have ended it is killed too.
    for (const guard of orphanGuards(first.pid)) process.kill(guard, "SIGKILL");
    const left = masterPid(placesIn(dir))!;
    t.after(() => {
      try {
        process.kill(-left, "SIGKILL");
      } catch {
        // The second start has ended it.
      }
    });
    const killed = first.kill();
    assert.equal(masterPid(placesIn(dir)), left, "NGINX outlives it");
    const second = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => second.stop());
    assert.notEqual(masterPid(placesIn(dir)), left);
    assert.equal(await (await get(nginxPort)).text(), "from the app/");
    // Its output was NGINX's too: only now has it ended.
    await killed;
  });

  it("has a socket made for it where the command line names none, also in dev, where it is this machine's alone", async (t) => {
    const port = await freePort();
    const dir = await projectWith(t, {
      "hello.js": APP,
      "site.ini": `[uwsgi]\n[nginx]\nlisten = ${port} default_server\n`,
    });
    for (const args of [["hello.js"], ["dev", "hello.js"]]) {
      const portico = await startPortico({
        dir,
        args: [...args, "--ini", "site.ini", "--nginx", "private"],
        ready: /reloads when a file changes|is served by/,
      });
      t.after(() => portico.stop());
      const answer = await get(port);
      assert.equal(answer.headers.get("server"), "nginx");
      const site = readFileSync(join(dir, ".portico/nginx/site.conf"), "utf8");
      const listen = site.match(/listen .*;/g);
      if (args[0] === "dev")
        assert.ok(
          listen!.every((line) => /listen (127\.0\.0\.1|\[::1\]):/.test(line)),
          String(listen),
        );
      else assert.ok(listen!.includes(`listen ${port} default_server;`));
      await portico.stop();
    }
  });
});
