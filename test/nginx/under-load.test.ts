import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

/** What caching and throttling promise, with many clients at once. */
const skip = withoutNginx;

/** Asks so many times over 32 connections; gives back how often each status came, and all X-Cache. */
async function ask(port: number, target: (i: number) => string, times: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const statuses = new Map<number, number>();
  const caches = new Set<string>();
  await Promise.all(
    Array.from(
      { length: times },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          request({ port, path: target(i), agent }, (response) => {
            const status = response.statusCode ?? 0;
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            caches.add(String(response.headers["x-cache"]));
            response.resume();
            response.once("end", resolve);
          })
            .once("error", reject)
            .end();
        }),
    ),
  );
  agent.destroy();
  return { statuses: Object.fromEntries(statuses), caches };
}

test("a broken app is not noticed where answers are kept", { skip }, async (t) => {
  let broken = false;
  let asked = 0;
  const site = await serveSite(t, [["cache", "1s"]], (incoming, response) => {
    asked++;
    if (broken) incoming.socket.destroy();
    else response.end("x");
  });
  const target = (i: number) => `/page/${i % 10}`;
  assert.deepEqual((await ask(site.port, target, 2000)).statuses, { 200: 2000 });
  assert.ok(asked < 400, `${asked} of 2000 requests reached the app`);
  broken = true;
  const end = performance.now() + 10_000;
  for (;;) {
    const { statuses, caches } = await ask(site.port, target, 1000);
    assert.deepEqual(statuses, { 200: 1000 });
    if (caches.has("STALE") || caches.has("UPDATING")) break;
    assert.ok(performance.now() < end, "the answers never grew old");
  }
});

test("no more than the rate and its burst get through", { skip }, async (t) => {
  let asked = 0;
  const site = await serveSite(t, [["throttle", "10r/s burst=20"]], (_, response) => {
    asked++;
    response.end("x");
  });
  const start = performance.now();
  const { statuses } = await ask(site.port, () => "/", 1500);
  const most = 1 + 20 + Math.ceil(((performance.now() - start) / 1000) * 10);
  assert.equal(asked, statuses[200]);
  assert.ok(asked >= 21 && asked <= most, `${asked} got through, ${most} may`);
  assert.equal(statuses[429], 1500 - asked);
});
