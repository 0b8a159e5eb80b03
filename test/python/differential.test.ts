import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { type Answer, HttpClient } from "../support/http-client.ts";
import { poll } from "../support/poll.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { hasNginx, type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { DEBIAN_PYTHON, noDebianFlask, noUwsgi, PYTHON_TESTS } from "../support/python-env.ts";
import { DIFFERENCES } from "./differential/differences.ts";
import { type Case, RAW, SHOP, STATIC } from "./differential/requests.ts";
import { handWritten } from "./served.ts";

/** Ini files as people have them, in differential/, and where the app is mounted. */
const INIS = [
  { name: "seed", prefix: "", cases: SHOP },
  { name: "file", prefix: "", cases: SHOP },
  { name: "dotted", prefix: "", cases: SHOP },
  { name: "mount", prefix: "/shop", cases: SHOP },
  { name: "buffering", prefix: "", cases: SHOP },
  { name: "raw", prefix: "", cases: RAW },
  { name: "static", prefix: "", cases: STATIC },
];
const SERVERS = ["uwsgi", "portico"] as const;
const skip = (!hasNginx() && "needs nginx") || noUwsgi || noDebianFlask;

describe("the same ini served by Debian's uWSGI and by Portico, with Debian's Flask, answers the same", {
  skip,
}, () => {
  let scratch: string;
  let nginx: PrivateNginx;
  const ends: (() => Promise<unknown>)[] = [];
  const clients = new Map<string, HttpClient>();

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "portico-differential-"));
    let sites = "";
    for (const { name } of INIS)
      for (const server of SERVERS) {
        const dir = join(scratch, server, name);
        await cp(join(PYTHON_TESTS, "differential"), dir, { recursive: true, preserveTimestamps: true });
        const port = await freePort();
        // The same name for both, for apps that answer with their own address.
        clients.set(`${server} ${name}`, new HttpClient(port, "app.example"));
        sites += handWritten(port, join(dir, "app.sock"));
      }
    nginx = await startNginx({ http: sites });
    await Promise.all(INIS.map(({ name }) => startUwsgi(join(scratch, "uwsgi", name), name)));
    // Not all at once: starting is most of what a small machine has to do here.
    for (const { name } of INIS) {
      const portico = await startWithDebian(join(scratch, "portico", name), name);
      ends.push(() => portico.stop());
    }
  });
  after(async () => {
    for (const client of clients.values()) client.close();
    await Promise.all(ends.map((end) => end()));
    await nginx?.stop();
    if (scratch) await rm(scratch, { recursive: true, force: true });
  });

  const startUwsgi = async (dir: string, name: string): Promise<void> => {
    const child = spawn("uwsgi", ["--ini", `${name}.ini`, "--logto", "uwsgi.log"], {
      cwd: dir,
      env: environment(),
      stdio: "ignore",
    });
    ends.push(() => end(child));
    await poll(
      () => readFile(join(dir, "uwsgi.log"), "utf8").catch(() => ""),
      (log) => /spawned uWSGI worker/.test(log),
    );
  };

  for (const { name, prefix, cases } of INIS)
    it(`${name}.ini, ${cases.length} requests`, async (t) => {
      for (const one of cases)
        await t.test(one.title, async () => {
          const [uwsgi, portico] = await Promise.all(
            SERVERS.map(async (server) => ask(clients.get(`${server} ${name}`)!, prefix, one)),
          );
          const known = DIFFERENCES[one.title];
          if (known === undefined) assert.deepEqual(portico, uwsgi);
          else known.check({ uwsgi: uwsgi!, portico: portico! });
        });
    });

  it("where nothing is mounted: 404, each in its own words", async () => {
    const answers = await Promise.all(
      SERVERS.map((server) => clients.get(`${server} mount`)!.ask("/elsewhere")),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404],
    );
  });
});

async function ask(client: HttpClient, prefix: string, { path, ...options }: Case): Promise<Answer> {
  const { headers, ...answer } = await client.ask(prefix + path, options);
  const { date: _, server: __, ...kept } = headers;
  return { ...answer, headers: kept };
}

async function startWithDebian(dir: string, name: string): Promise<RunningPortico> {
  const portico = await startPortico({ dir, args: [`${name}.ini`, "--disable-logging"], env: environment() });
  assert.match(portico.stderr(), /Python apps run on python3, /);
  return portico;
}

/** Debian's Python first, whatever else the machine has. */
function environment(): Record<string, string> {
  const { VIRTUAL_ENV: _, ...rest } = process.env as Record<string, string>;
  return {
    ...rest,
    PATH: `${dirname(DEBIAN_PYTHON)}:${process.env["PATH"]}`,
    PYTHONDONTWRITEBYTECODE: "1",
    // Of sets, which are in the answers to 405.
    PYTHONHASHSEED: "0",
    VIRTUAL_ENV: "",
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await exited;
}
