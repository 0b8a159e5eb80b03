import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../support/temp-directory.ts";

const BEFORE = 600;
const REQUESTS = 1_500;
/** Bytes of a request. With one function among the old objects (docs/adr/0020) it is its connection, or 500 to 2500. */
const FEW = 150;

describe("nothing of a request outlives a minor collection", () => {
  for (const answer of ["whole", "late", "listener"])
    for (const kept of [true, false])
      test(`${answer}, ${kept ? "on a kept connection" : "with a connection for each"}`, async (t) => {
        const server = spawn(t, answer);
        const port = (await heard(server)) as number;
        const agent = new Agent({ keepAlive: kept, maxSockets: 8 });
        t.after(() => agent.destroy());
        const grown = await growth(server, async (times) => {
          for (let i = 0; i < times; i += 8)
            await Promise.all(Array.from({ length: 8 }, () => ask(port, agent)));
          return {};
        });
        assert.ok(grown < FEW, `${grown} bytes of each request`);
      });

  test("a connection to a Python worker", async (t) => {
    const path = join(temporaryDirectory(t), "backend.sock");
    const backend = createServer((socket) => socket.on("data", () => socket.end("hello")));
    backend.listen(path);
    t.after(() => backend.close());
    const client = spawn(t, "client");
    await heard(client);
    const grown = await growth(client, async (times) => ({ connect: path, times }));
    assert.ok(grown < FEW, `${grown} bytes of each connection`);
  });
});

/**
 * Code that is compiled for good may allocate elsewhere, and a major collection would take what has gathered:
 * neither is to happen.
 */
function spawn(t: TestContext, what: string): ChildProcess {
  const flags = ["--no-turbofan", "--no-maglev", "--no-incremental-marking", "--max-semi-space-size=1"];
  const child = fork(join(import.meta.dirname, "../support/outliving.ts"), [what], {
    execArgv: [...flags, "--no-warnings"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function heard(child: ChildProcess): Promise<unknown> {
  return (await once(child, "message"))[0];
}

/** Bytes for each of many requests. */
async function growth(child: ChildProcess, ask: (times: number) => Promise<object>): Promise<number> {
  const sizes: number[] = [];
  for (const times of [BEFORE, REQUESTS]) {
    child.send(await ask(times));
    sizes.push((await heard(child)) as number);
  }
  return (sizes[1]! - sizes[0]!) / REQUESTS;
}

function ask(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, agent, method: "POST", host: "127.0.0.1" }, (response) => {
      response.resume().on("end", resolve);
    });
    asked.on("error", reject).end("hello");
  });
}
