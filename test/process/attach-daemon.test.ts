import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { poll } from "../support/poll.ts";
import { type PorticoOptions, type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

/** A daemon of the shell that notes each start and, when it is asked to end, takes a moment. */
const DAEMON = `echo "start $$ $1 $GREETING" >> daemon.log
trap 'echo "end $$" >> daemon.log; exit 0' TERM
while :; do sleep 0.05; done
`;
const INI = `[uwsgi]
module = hello
http-socket = 127.0.0.1:0
processes = 1
env = GREETING=hi
attach-daemon = sh daemon.sh 'one word'
`;

async function serve(
  t: TestContext,
  ini = INI,
  more: Partial<PorticoOptions> = {},
): Promise<RunningPortico & { log(): string[] }> {
  const dir = await projectWith(t, {
    "hello.js": 'export default () => new Response("hello");\n',
    "hello.ini": ini,
    "daemon.sh": DAEMON,
    "daemon.log": "",
  });
  const portico = await startPortico({ dir, args: ["hello.ini"], ...more });
  t.after(() => portico.stop());
  const log = (): string[] => readFileSync(join(dir, "daemon.log"), "utf8").trim().split("\n");
  await poll(log, (lines) => lines[0] !== "");
  return Object.assign(portico, { log });
}

const pidOf = (line: string | undefined): number => Number(/\d+/.exec(line ?? "")?.[0]);

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe("attach-daemon", () => {
  it("keeps a program beside the workers, in the app's directory and environment, and ends it after them", async (t) => {
    const portico = await serve(t);
    const pid = pidOf(portico.log()[0]);
    assert.deepEqual(portico.log(), [`start ${pid} one word hi`]);
    const [daemon] = (await portico.status()).companions;
    assert.equal(daemon?.name, "sh");
    assert.equal(daemon?.pid, pid);
    await portico.stop();
    assert.deepEqual(portico.log(), [`start ${pid} one word hi`, `end ${pid}`]);
    assert.throws(() => process.kill(pid, 0));
  });

  it("starts it again when it ends, and for a reload", async (t) => {
    const portico = await serve(t);
    const first = pidOf(portico.log()[0]);
    process.kill(first, "SIGKILL");
    await portico.said("sh is back");
    await poll(portico.log, (lines) => lines.length === 2);
    const second = pidOf(portico.log()[1]);
    assert.notEqual(first, second);
    assert.equal((await runPortico(["reload"], portico)).status, 0);
    await poll(portico.log, (lines) => lines.length === 4);
    assert.equal(portico.log()[2], `end ${second}`);
    assert.match(portico.log()[3]!, /^start/);
  });

  it("ends it with a master that is killed, by its signal, and then whoever does not heed that", async (t) => {
    const stubborn = "sh -c 'trap : TERM; while :; do sleep 0.05; done'";
    const portico = await serve(t, `${INI}attach-daemon = ${stubborn}\nreload-mercy = 1\n`);
    const pids = (await portico.status()).companions.map(({ pid }) => pid!);
    assert.equal(pids.length, 2);
    await portico.kill();
    for (const pid of pids) await poll(() => isGone(pid), Boolean);
    assert.deepEqual(portico.log(), [`start ${pids[0]} one word hi`, `end ${pids[0]}`]);
  });

  it("runs it as the workers' user", { skip: process.getuid!() !== 0 && "needs root" }, async (t) => {
    const dir = await projectWith(t, { "hello.js": 'export default () => new Response("hello");\n' });
    const portico = await startPortico({
      dir,
      args: [
        "-w",
        "hello",
        "--http-socket",
        "127.0.0.1:0",
        "--uid",
        "nobody",
        "--attach-daemon",
        "sleep 1000",
      ],
    });
    t.after(() => portico.stop());
    const [daemon] = (await portico.status()).companions;
    assert.equal(statSync(`/proc/${daemon!.pid}`).uid, 65534);
  });

  it("that cannot be run is tried again, later each time, and the app serves", async (t) => {
    const dir = await projectWith(t, { "hello.js": 'export default () => new Response("hello");\n' });
    const portico = await startPortico({
      dir,
      args: ["-w", "hello", "--http-socket", "127.0.0.1:0", "--attach-daemon", "no-such-program-here"],
    });
    t.after(() => portico.stop());
    await portico.said(/exited with status 127; it is started again in 0\.5 s[\s\S]*again in 1 s/);
    assert.equal(await (await fetch(`http://127.0.0.1:${portico.port}/`)).text(), "hello");
  });
});
