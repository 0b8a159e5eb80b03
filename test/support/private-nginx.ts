import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export interface PrivateNginx {
  /** Its prefix: nginx.conf, error.log, temporary files; room for sockets of the test. */
  readonly dir: string;
  /** Stops it and waits until all of it is gone, then removes `dir`. */
  stop(): Promise<void>;
}

/**
 * Starts an NGINX of the test's own, apart from the system's: one worker, everything it writes in a
 * directory of its own.
 * @param options.http the body of the `http` block: servers, upstreams. Paths that are relative begin
 *   at the prefix.
 * @returns when it answers.
 * @throws Error with what NGINX said, where it does not start.
 */
export async function startNginx(options: { http: string }): Promise<PrivateNginx> {
  const dir = await mkdtemp(join(tmpdir(), "portico-nginx-"));
  const conf = join(dir, "nginx.conf");
  await writeFile(conf, configuration(dir, options.http));
  const child = spawn("nginx", ["-p", dir, "-c", conf], { stdio: ["ignore", "ignore", "pipe"], env: ENV });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const exited = once(child, "exit").catch((error: unknown) => said.push(String(error)));
  const kill = (): boolean => child.kill("SIGTERM");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    if (isRunning(child)) kill();
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await ready(child, join(dir, "ready.sock"));
  } catch (cause) {
    const log = await readFile(join(dir, "error.log"), "utf8").catch(() => "");
    await stop();
    throw new Error(`Cannot start NGINX:\n${said.join("")}${log}`, { cause });
  }
  return { dir, stop };
}

/** Whether the machine has an NGINX, for `skip` where a test can do without one. */
export function hasNginx(): boolean {
  return spawnSync("nginx", ["-v"], { env: ENV }).status === 0;
}

/** Debian keeps it where only root's PATH looks. */
const ENV = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/local/sbin` };

/** Tries, 10 ms apart: 10 seconds and a little. */
const TRIES = 1_000;

function configuration(dir: string, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return [
    // The prefix is readable for its owner only.
    process.getuid?.() === 0 ? "user root;" : "",
    "daemon off;",
    "worker_processes 1;",
    `pid ${dir}/nginx.pid;`,
    `error_log ${dir}/error.log;`,
    "events {}",
    "http {",
    "access_log off;",
    ...temporary.map((name) => `${name}_temp_path ${dir}/${name}_temp;`),
    // A server of our own tells that the worker runs, whatever the others answer.
    `server { listen unix:${dir}/ready.sock; return 204; }`,
    http,
    "}",
    "",
  ].join("\n");
}

async function ready(child: ChildProcess, socketPath: string): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    if (!isRunning(child)) throw new Error(`It exited with ${child.exitCode ?? child.signalCode}`);
    if (await answers(socketPath)) return;
    await wait(10);
  }
  throw new Error(`It did not answer on ${socketPath}`);
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    request({ socketPath, agent: false }, (response) => {
      response.resume();
      response.once("close", () => resolve(response.statusCode === 204));
    })
      .once("error", () => resolve(false))
      .end();
  });
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
