import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { get, withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

const skip = withoutNginx;
const ok = (_: IncomingMessage, response: ServerResponse): unknown => response.end("ok");

/** The statuses of so many requests, one after the other. */
async function statuses(port: number, target: string, headers: Record<string, string>[]): Promise<number[]> {
  const all: number[] = [];
  for (const fields of headers) all.push((await get(port, target, fields)).status);
  return all;
}

test("what is above the rate gets 429 and is told when to come again", { skip }, async (t) => {
  const { port, get: ask } = await serveSite(t, [["throttle", "/login 2r/m burst=1"]], ok);
  assert.deepEqual(await statuses(port, "/login", [{}, {}, {}]), [200, 200, 429]);
  const refused = await ask("/LOGIN/x");
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "30"]);
  for (const target of ["/logins", "/"]) {
    const other = await ask(target);
    assert.deepEqual([other.status, other.headers["retry-after"]], [200, undefined]);
  }
  // However the path is written, it is that path.
  for (const target of ["/%6cogin", "//login", "/login?x"])
    assert.equal((await ask(target)).status, 429, target);
});

test("the limits of a path and of the site hold together", { skip }, async (t) => {
  const { port } = await serveSite(
    t,
    [
      ["throttle", "4r/m burst=3"],
      ["throttle", "/a 1r/m burst=0"],
    ],
    ok,
  );
  assert.deepEqual(await statuses(port, "/a", [{}, {}]), [200, 429]);
  assert.deepEqual(await statuses(port, "/b", [{}, {}, {}, {}]), [200, 200, 200, 429].slice(0, 4));
});

test("clients are told apart by field or cookie, and by address without", { skip }, async (t) => {
  const { port } = await serveSite(
    t,
    [
      ["throttle", "/key 1r/m burst=0 by=header:X-Api-Key"],
      ["throttle", "/sid 1r/m burst=0 by=cookie:connect.sid"],
    ],
    ok,
  );
  const [a, b] = [{ "X-Api-Key": "a" }, { "X-Api-Key": "b" }];
  assert.deepEqual(await statuses(port, "/key", [a, b, a, {}, {}]), [200, 200, 429, 200, 429]);
  const [c, d] = [{ Cookie: "x=1; connect.sid=c" }, { Cookie: "connect.sid=d" }];
  assert.deepEqual(
    await statuses(port, "/sid", [c, d, c, { Cookie: "xconnect.sid=e" }, {}]),
    [200, 200, 429, 200, 429],
  );
});

test("behind a load balancer the client counts, of IPv6 its network, and no stranger's word", {
  skip,
}, async (t) => {
  const { port } = await serveSite(
    t,
    [
      ["throttle", "1r/m burst=0"],
      ["real-ip", "127.0.0.0/8 scheme=X-Forwarded-Proto"],
    ],
    ok,
  );
  const from = (address: string) => ({ "X-Forwarded-For": address });
  for (const [first, second, same] of [
    ["1.1.1.1", "1.1.1.2", false],
    ["9.9.9.9, 1.1.1.3", "8.8.8.8, 1.1.1.3", true],
    ["2001:db8:1:2::1", "2001:db8:1:2:a:b:c:d", true],
    ["2001:db8:1:3::1", "2001:db8:1:4::1", false],
    ["2001:db8::1", "2001:db8::a:b:c:d", true],
    ["::ffff:1.1.1.4", "::ffff:1.1.1.5", false],
  ] as const)
    assert.deepEqual(
      await statuses(port, "/", [from(first), from(second)]),
      [200, same ? 429 : 200],
      `${first} and ${second}`,
    );
});

test("of an untrusted address no word is taken", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["throttle", "1r/m burst=0"],
      ["real-ip", "10.0.0.0/8 scheme=X-Forwarded-Proto"],
    ],
    (incoming, response) => response.end(JSON.stringify(incoming.headers)),
  );
  const { body } = await site.get("/", { "X-Forwarded-For": "1.1.1.1", "X-Forwarded-Proto": "https" });
  assert.equal(JSON.parse(body)["x-forwarded-proto"], "http");
  assert.equal((await site.get("/", { "X-Forwarded-For": "1.1.1.2" })).status, 429);
});

test("a trusted load balancer tells client and scheme", { skip }, async (t) => {
  const site = await serveSite(t, [["real-ip", "127.0.0.1 scheme=X-Forwarded-Proto"]], (incoming, response) =>
    response.end(JSON.stringify(incoming.headers)),
  );
  const told = JSON.parse(
    (await site.get("/", { "X-Forwarded-For": "6.6.6.6, 1.2.3.4", "X-Forwarded-Proto": "https" })).body,
  );
  assert.equal(told["x-real-ip"], "1.2.3.4");
  assert.equal(told["x-forwarded-proto"], "https");
  assert.equal(
    JSON.parse((await site.get("/", { "X-Forwarded-Proto": "evil" })).body)["x-forwarded-proto"],
    "http",
  );
});

test("requests under way are counted for each client", { skip }, async (t) => {
  const held: ServerResponse[] = [];
  let arrived = (): void => {};
  const site = await serveSite(t, [["connections", "/slow 2"]], (incoming, response) => {
    if (incoming.url !== "/slow/hold") {
      response.end();
      return;
    }
    held.push(response);
    if (held.length === 2) arrived();
  });
  const both = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const waiting = [site.get("/slow/hold"), site.get("/slow/hold")];
  await both;
  const refused = await site.get("/slow/x");
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
  assert.equal((await site.get("/")).status, 200);
  for (const response of held) response.end();
  await Promise.all(waiting);
  assert.equal((await site.get("/slow/x")).status, 200);
});

test("an app's own 429 is passed on as it is", { skip }, async (t) => {
  const site = await serveSite(t, [["throttle", "100r/s"]], (_, response) =>
    response.writeHead(429, { "Retry-After": "7" }).end(),
  );
  assert.equal((await site.get()).headers["retry-after"], "7");
});
