import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { HttpClient } from "../support/http-client.ts";
import type { RunningPortico } from "../support/portico.ts";
import { clientFor, type Front, startApp, startFront } from "./instance.ts";
import { APPS, type AppName } from "./target.ts";

const SIZE = 256 * 1024 * 1024;
/** What a body of any size may add to a worker's memory, bytes. */
const MAY_ADD = 50 * 1024 * 1024;
const apps: AppName[] = ["fetch", "listener"];

describe("a body of 256 MB adds less than 50 MB to its worker", {
  skip: process.platform !== "linux",
}, () => {
  let front: Front;
  before(async () => {
    front = await startFront(apps);
  });
  after(() => front?.stop());

  for (const app of apps) {
    describe(`of ${APPS[app]}`, () => {
      let portico: RunningPortico;
      let worker: number;
      before(async () => {
        portico = await startApp(front, app);
        worker = (await portico.workers())[0]!;
      });
      after(() => portico?.stop());

      for (const wire of ["HTTP direct", "NGINX proxy_pass"] as const) {
        it(`as an upload over ${wire}`, async () => {
          const client = clientFor(front, app, wire, portico);
          await client.ask("/text");
          const added = await peakAddedBy(worker, () => upload(client));
          client.close();
          assert.ok(added < MAY_ADD, `${megabytes(added)} MB were added`);
        });

        it(`as a download over ${wire}`, async () => {
          const client = clientFor(front, app, wire, portico);
          await client.ask("/text");
          const added = await peakAddedBy(worker, () => download(client));
          client.close();
          assert.ok(added < MAY_ADD, `${megabytes(added)} MB were added`);
        });
      }
    });
  }
});

async function upload(client: HttpClient): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024, "x");
  const body = (async function* () {
    for (let left = SIZE; left > 0; left -= chunk.length) yield chunk;
  })();
  const headers = ["Content-Type", "application/octet-stream", "Content-Length", String(SIZE)];
  const { status, body: text } = await client.ask("/count", { method: "POST", headers, body });
  assert.deepEqual({ status, text: JSON.parse(text) as unknown }, { status: 200, text: { length: SIZE } });
}

async function download(client: HttpClient): Promise<void> {
  let length = 0;
  for await (const chunk of await client.open(`/download?bytes=${SIZE}`)) length += (chunk as Buffer).length;
  assert.equal(length, SIZE);
}

/** By how many bytes the process's resident set was larger at its peak than before. */
async function peakAddedBy(pid: number, work: () => Promise<void>): Promise<number> {
  // Forgets the peak so far (proc(5), clear_refs).
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  const before = statusField(pid, "VmRSS");
  await work();
  return statusField(pid, "VmHWM") - before;
}

function statusField(pid: number, name: string): number {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(
    readFileSync(`/proc/${pid}/status`, "utf8"),
  )!;
  return Number(kilobytes) * 1024;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
