import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { type Answer, HttpClient } from "../support/http-client.ts";
import { poll } from "../support/poll.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { appFile, clientFor, type Front, startApp, startFront } from "./instance.ts";
import { APPS, type AppName, freshId, WIRES, type Wire } from "./target.ts";

/** Apps that take too long, with a harakiri of one second. */
const apps: AppName[] = ["fetch", "fastify", "listener"];

describe("harakiri", { concurrency: true }, () => {
  let front: Front;
  before(async () => {
    front = await startFront(apps);
  });
  after(() => front?.stop());

  for (const app of apps) {
    describe(`of ${APPS[app]}`, () => {
      let portico: RunningPortico;
      const ask = async (wire: Wire, path: string): Promise<Answer> => {
        const client = clientFor(front, app, wire, portico);
        try {
          return await client.ask(path);
        } finally {
          client.close();
        }
      };
      before(async () => {
        portico = await startApp(front, app, ["--harakiri", "1"]);
      });
      after(() => portico?.stop());

      it("answers 504 for an app that never answers, over every wire, and serves others meanwhile", async () => {
        let waiting = true;
        const never = Promise.all(WIRES.map((wire) => ask(wire, "/never"))).finally(() => {
          waiting = false;
        });
        let served = 0;
        await poll(
          async () => {
            assert.equal((await ask("HTTP direct", "/text")).status, 200);
            served += 1;
          },
          () => !waiting,
        );
        assert.ok(served > 1);
        for (const { status, body } of await never)
          assert.deepEqual({ status, body }, { status: 504, body: "Gateway Timeout\n" });
      });

      it("tells the app to stop", async () => {
        const id = freshId();
        assert.equal((await ask("HTTP direct", `/hang?id=${id}`)).status, 504);
        await poll(
          async () => (await ask("HTTP direct", `/notes?id=${id}`)).body,
          (text) => text === "gone",
        );
      });

      it("breaks off a response that had begun", async () => {
        const client = clientFor(front, app, "HTTP direct", portico);
        const response = await client.open(`/events?id=${freshId()}`);
        const [error] = (await once(response.resume(), "error")) as [NodeJS.ErrnoException];
        assert.equal(error.code, "ECONNRESET");
        client.close();
      });
    });
  }

  it("replaces a worker in which a request goes on all the same, and serves on", async () => {
    const args = [appFile("fetch"), "--http-socket", "127.0.0.1:0", "--processes", "1", "--harakiri", "1"];
    const portico = await startPortico({ args });
    try {
      const client = new HttpClient(portico.port);
      const [before] = await portico.workers();
      assert.equal((await client.ask("/never")).status, 504);
      await portico.said("is replaced: GET /never went on after its harakiri");
      await portico.said(/ \(pid \d+\) has drained/);
      const [after] = await portico.workers();
      assert.notEqual(after, before);
      assert.equal((await client.ask("/text")).status, 200);
      client.close();
    } finally {
      await portico.stop();
    }
  });
});
