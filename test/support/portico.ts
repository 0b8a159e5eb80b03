import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ask, type Status } from "../../src/master/control.ts";

export interface RunningPortico {
  /** Where it was started: sockets that it is told to make belong here. */
  readonly dir: string;
  /** The folder of its registry, for commands that are to find it. */
  readonly runtime: string;
  /** The master's. */
  readonly pid: number;
  /** Of its first listener for HTTP or HTTPS on TCP. @throws where it has none. */
  readonly port: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when stderr has said it, now or before. Rejects after 20 seconds, or when the process ends without. */
  said(text: string | RegExp): Promise<void>;
  /** What `portico status` shows, asked for on the control socket. */
  status(): Promise<Status>;
  /** Pids of the workers that serve. */
  workers(): Promise<number[]>;
  /** Sends TERM; asserts that it exits with 0 and leaves no socket behind; removes what `startPortico` made. */
  stop(): Promise<void>;
  /** Sends KILL; resolves when all have gone that wrote where it did. `stop` does nothing then. */
  kill(): Promise<void>;
}

export interface PorticoOptions {
  /** The working directory; a fresh one where it is missing, removed at the end. */
  readonly dir?: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it says when it serves, where that is not the usual line. */
  readonly ready?: string | RegExp;
  /** Whom root starts it as; `dir` has to belong to it. */
  readonly uid?: number;
}

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** What the master logs when every worker serves. */
const READY = "is served by";
/** Milliseconds for a line to be said, and for an exit after TERM: a busy machine's worth. */
const PATIENCE = 20_000;

/**
 * Starts the real program, `node src/main.ts …`, apart from every other instance of the machine.
 * @returns when all its workers serve.
 * @throws Error with all it said, where it ends instead.
 */
export async function startPortico(options: PorticoOptions): Promise<RunningPortico> {
  const scratch = await mkdtemp(join(tmpdir(), "portico-test-"));
  // Workers and NGINX may run as others and have to come through.
  await chmod(scratch, 0o755);
  const dir = options.dir ?? join(scratch, "cwd");
  const runtime = join(scratch, "run");
  mkdirSync(dir, { recursive: true });
  if (options.uid !== undefined) for (const path of [scratch, dir]) chownSync(path, options.uid, options.uid);
  const env = { ...process.env, NODE_ENV: "production", ...options.env, PORTICO_RUNTIME_DIR: runtime };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...options.args], {
    cwd: dir,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  const closed = once(child, "close");
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);

  const said = (text: string | RegExp): Promise<void> =>
    waitForText(child, () => output.stderr, text, `What it said:\n${output.stdout}`);
  const status = (): Promise<Status> => ask(join(runtime, `${child.pid}.sock`), "status");
  let killed = false;
  const stop = async (): Promise<void> => {
    if (killed) return;
    const timer = setTimeout(kill, PATIENCE);
    if (isRunning(child)) child.kill("SIGTERM");
    await closed;
    clearTimeout(timer);
    process.off("exit", kill);
    const left = [...socketsIn(dir), ...socketsIn(runtime)];
    await rm(scratch, { recursive: true, force: true });
    assert.deepEqual(
      { code: child.exitCode, signal: child.signalCode },
      { code: 0, signal: null },
      output.stderr,
    );
    assert.deepEqual(left, [], "sockets were left behind");
  };
  const killAndWait = async (): Promise<void> => {
    killed = true;
    kill();
    await closed;
    process.off("exit", kill);
    await rm(scratch, { recursive: true, force: true });
  };

  try {
    await said(options.ready ?? READY);
  } catch (error) {
    await killAndWait();
    throw error;
  }
  return {
    dir,
    runtime,
    pid: child.pid!,
    get port() {
      return portOf(output.stderr);
    },
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    said,
    status,
    workers: async () =>
      (await status()).workers.filter(({ phase }) => phase === "ready").map(({ pid }) => pid),
    stop,
    kill: killAndWait,
  };
}

/** "hello is served by 1 worker: http 127.0.0.1:38211, uwsgi /tmp/x.sock" */
function portOf(stderr: string): number {
  const [, port] = /(?:is served by [^\n]*?\bhttps? |is at https?:)\S*?:(\d+)/.exec(stderr) ?? [];
  assert.ok(port !== undefined, `it listens for HTTP on no TCP port:\n${stderr}`);
  return Number(port);
}

function socketsIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.map((name) => join(folder, name)).filter((path) => lstatSync(path).isSocket());
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function waitForText(
  child: ChildProcess,
  read: () => string,
  text: string | RegExp,
  more: string,
): Promise<void> {
  const has = (): boolean => (typeof text === "string" ? read().includes(text) : text.test(read()));
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error): void => {
      clearTimeout(timer);
      child.stderr?.off("data", look);
      child.off("close", ended);
      if (error) reject(error);
      else resolve();
    };
    const look = (): void => {
      if (has()) done();
    };
    const ended = (): void => done(new Error(`It ended without saying ${text}:\n${read()}\n${more}`));
    const late = (): void => done(new Error(`It did not say ${text} in ${PATIENCE} ms:\n${read()}\n${more}`));
    const timer = setTimeout(late, PATIENCE);
    child.stderr?.on("data", look);
    child.once("close", ended);
    if (has()) done();
    else if (!isRunning(child) && child.stderr?.closed) ended();
  });
}
