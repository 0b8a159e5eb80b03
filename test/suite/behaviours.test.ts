import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { HttpClient } from "../support/http-client.ts";
import type { RunningPortico } from "../support/portico.ts";
import { failureBehaviours } from "./behaviours/failures.ts";
import { httpDirectBehaviours } from "./behaviours/http-direct.ts";
import { messageBehaviours } from "./behaviours/messages.ts";
import { peerBehaviours } from "./behaviours/peers.ts";
import { streamBehaviours } from "./behaviours/streams.ts";
import { clientFor, type Front, startApp, startFront } from "./instance.ts";
import { APPS, type AppName, type Target, WIRES } from "./target.ts";

/** One suite of behaviours over every wire and every kind of app, on the real program behind the real NGINX. */
const apps = Object.keys(APPS) as AppName[];
let front: Front;

before(async () => {
  front = await startFront(apps);
});
after(() => front?.stop());

for (const app of apps) {
  describe(APPS[app], () => {
    let portico: RunningPortico;
    before(async () => {
      portico = await startApp(front, app);
    });
    after(async () => {
      if (portico === undefined) return;
      // No request, whatever it did, has cost a worker.
      assert.doesNotMatch(portico.stderr(), /uncaught|unhandled|replaced|killed|exited/);
      await portico.stop();
    });

    for (const wire of WIRES) {
      describe(`${APPS[app]} over ${wire}`, () => {
        let client: HttpClient;
        before(() => {
          client = clientFor(front, app, wire, portico);
        });
        after(() => client?.close());

        const target = (): Target => ({ app, wire, client });
        messageBehaviours(target);
        streamBehaviours(target);
        failureBehaviours(target);
        peerBehaviours(target);
        if (wire === "HTTP direct") httpDirectBehaviours(target);
      });
    }
  });
}
