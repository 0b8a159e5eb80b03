import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { test } from "node:test";
import { cacheFiles, isKeyOf } from "../../src/nginx/cache-files.ts";
import { type Answer, get, until, withoutNginx } from "./private-site-nginx.ts";
import { type ServedSite, serveSite } from "./served-site.ts";

const skip = withoutNginx;
const x = ({ headers }: Answer) => headers["x-cache"];

/** NGINX answers a moment before it has put the answer away: asks until it comes from the cache. */
async function hit(site: ServedSite, target: string, headers?: Record<string, string>): Promise<Answer> {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = await site.get(target, headers);
    if (x(answer) === "HIT") return answer;
    assert.ok(performance.now() < end, `${target} never came from the cache: ${x(answer)}`);
  }
}

/** An app that counts what it is asked, and answers as the query says: `?cc=public`, `?cookie=a=1`, `?vary=X`. */
function app() {
  let asked = 0;
  let broken = false;
  return {
    get asked() {
      return asked;
    },
    breakDown: () => {
      broken = true;
    },
    listener: ({ url, headers }: IncomingMessage, response: ServerResponse) => {
      asked++;
      if (broken) {
        response.writeHead(500).end("broken");
        return;
      }
      const query = new URL(url ?? "", "http://x").searchParams;
      for (const [name, field] of [
        ["cc", "Cache-Control"],
        ["cookie", "Set-Cookie"],
        ["vary", "Vary"],
      ] as const)
        if (query.has(name)) response.setHeader(field, query.get(name)!);
      response.end(JSON.stringify({ asked, ...headers }));
    },
  };
}

test("an answer is kept as Cache-Control says, and X-Cache tells", { skip }, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "/"]], behind.listener);
  assert.equal(x(await site.get("/a?cc=max-age%3D60")), "MISS");
  const kept = await hit(site, "/a?cc=max-age%3D60");
  assert.equal(JSON.parse(kept.body).asked, JSON.parse((await hit(site, "/a?cc=max-age%3D60")).body).asked);
  for (const cc of ["no-store", "private", "no-cache", "max-age=0"]) {
    const target = `/no?cc=${encodeURIComponent(cc)}`;
    await site.get(target);
    assert.equal(x(await site.get(target)), "MISS", cc);
  }
  await site.get("/silent");
  assert.equal(x(await site.get("/silent")), "MISS", "nothing said, no time set");
});

test("what a path was given a time for is kept without Cache-Control, at that path alone", {
  skip,
}, async (t) => {
  const behind = app();
  const site = await serveSite(
    t,
    [
      ["cache", "/api 60s"],
      ["cache", "/api/live off"],
    ],
    behind.listener,
  );
  for (const target of ["/api", "/api/x", "/API/x"]) {
    await site.get(target);
    await hit(site, target);
  }
  for (const target of ["/", "/apix", "/api/live", "/api/live/x"]) {
    await site.get(target);
    assert.equal(x(await site.get(target)), undefined, target);
  }
});

test("what is somebody's own is never given to another", { skip }, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "/ 60s"]], behind.listener);
  const nobody = async (target: string): Promise<unknown> => JSON.parse((await site.get(target)).body);
  for (const [i, headers] of [{ Cookie: "id=1" }, { Authorization: "Basic YTph" }].entries()) {
    const target = `/own${i}`;
    await site.get(target, headers);
    await site.get(target, headers);
    const other = (await nobody(target)) as Record<string, unknown>;
    assert.equal(other["cookie"] ?? other["authorization"], undefined, JSON.stringify(other));
    // And the other way round: who is known gets no answer that was made for nobody.
    const mine = JSON.parse((await site.get(target, headers)).body);
    assert.equal(mine.cookie ?? mine.authorization, Object.values(headers)[0]);
  }
  await site.get("/sets?cookie=a%3D1");
  assert.equal(x(await site.get("/sets?cookie=a%3D1")), "MISS", "sets a cookie");
  await site.get("/for-all?cc=public%2C%20max-age%3D60", { Authorization: "Basic YTph" });
  await hit(site, "/for-all?cc=public%2C%20max-age%3D60");
  await site.get("/not-for-all?cc=max-age%3D60", { Cookie: "id=1" });
  assert.equal(x(await site.get("/not-for-all?cc=max-age%3D60")), "MISS", "not said to be public");
  // Another host, another answer: what an app writes into links from Host must not reach others.
  await site.get("/host", { Host: "evil.example" });
  assert.equal(JSON.parse((await site.get("/host", { Host: "good.example" })).body).host, "good.example");
  await site.get("/host2", { Host: "good.example:666" });
  assert.equal(JSON.parse((await site.get("/host2", { Host: "good.example" })).body).host, "good.example");
});

test("behind a load balancer http and https are kept apart", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["cache", "60s"],
      ["real-ip", "127.0.0.1 scheme=X-Forwarded-Proto"],
    ],
    ({ headers }, response) => response.end(headers["x-forwarded-proto"]),
  );
  for (const scheme of ["http", "https"]) {
    await hit(site, "/", { "X-Forwarded-Proto": scheme });
    assert.equal((await site.get("/", { "X-Forwarded-Proto": scheme })).body, scheme);
  }
});

test("paths that app and NGINX may take differently are refused where answers are kept", {
  skip,
}, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "/api 60s"]], behind.listener);
  for (const target of [
    "/account/..%2fapi/x",
    "/account/%2e%2e/api",
    "/account/../api",
    "/account\\..\\api",
    "/account%5c../api",
    "/a/.%2e",
    "/api/..;/x",
  ])
    assert.equal((await site.get(target)).status, 400, target);
  for (const target of ["/a..b", "/.well-known/x", "/x?next=/../y", "/a...", "/..a/b"])
    assert.equal((await site.get(target)).status, 200, target);
});

test("which cookies tell a user can be said, cookies can be dropped, and the cache passed by", {
  skip,
}, async (t) => {
  const behind = app();
  const site = await serveSite(
    t,
    [
      ["cache", "/u 60s user=cookie:connect.sid user=header:X-Api-Key bypass=header:X-Fresh"],
      ["cache", "/d 60s cookies=drop"],
    ],
    behind.listener,
  );
  await site.get("/u", { Cookie: "_ga=1" });
  await hit(site, "/u", { Cookie: "_ga=2" });
  assert.equal(x(await site.get("/u", { Cookie: "_ga=2; connect.sid=7" })), "BYPASS");
  assert.equal(x(await site.get("/u", { "X-Api-Key": "k" })), "BYPASS");
  assert.equal(x(await site.get("/u", { Authorization: "Bearer x" })), "BYPASS");
  assert.equal(x(await site.get("/u", { "X-Fresh": "1" })), "BYPASS");

  const first = await site.get("/d?cookie=session%3Dsecret", { Cookie: "a=1" });
  assert.equal(first.headers["set-cookie"], undefined);
  assert.equal(JSON.parse(first.body).cookie, undefined, "the app is asked without");
  await hit(site, "/d?cookie=session%3Dsecret", { Cookie: "b=1" });
});

test("Vary is honoured, and HEAD does not empty GET", { skip }, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "60s"]], behind.listener);
  const target = "/v?vary=Accept-Language";
  await site.get(target, { "Accept-Language": "en" });
  assert.equal(x(await site.get(target, { "Accept-Language": "de" })), "MISS");
  await hit(site, target, { "Accept-Language": "en" });
  await new Promise((resolve) =>
    request({ port: site.port, path: "/head", method: "HEAD", agent: false }, (response) => {
      response.resume();
      response.once("end", resolve);
    }).end(),
  );
  assert.notEqual((await site.get("/head")).body, "");
});

test("of many that ask at once the app sees one", { skip }, async (t) => {
  let asked = 0;
  let release = (): void => {};
  const pairs = [["cache", "60s"] as const, ["status-path", "/_nginx"] as const];
  const site = await serveSite(t, pairs, (_, response) => {
    asked++;
    release = () => response.end("once");
  });
  const all = Array.from({ length: 20 }, () => get(site.port, "/stampede"));
  // NGINX has them all in hand when each of them is on a connection of its own that was accepted.
  const active = async (): Promise<number> =>
    Number(/^Active connections: (\d+)/.exec((await site.get("/_nginx")).body)?.[1]);
  // The one that asks is among them.
  while ((await active()) < 21 || asked === 0);
  release();
  const bodies = (await Promise.all(all)).map(({ body }) => body);
  assert.deepEqual([...new Set(bodies)], ["once"]);
  assert.equal(asked, 1);
});

test("an old answer is given while a newer one is fetched, and when the app fails", { skip }, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "/ 1s"]], behind.listener);
  let answer = await hit(site, "/stale");
  const { asked } = JSON.parse(answer.body);
  // Until the second is over: the first answer past it is the old one, and a newer is fetched behind it.
  while (x(answer) === "HIT") answer = await site.get("/stale");
  assert.ok(["STALE", "UPDATING"].includes(String(x(answer))), String(x(answer)));
  assert.ok(JSON.parse(answer.body).asked >= asked);
  behind.breakDown();
  answer = await site.get("/stale");
  while (x(answer) === "HIT") answer = await site.get("/stale");
  assert.equal(answer.status, 200);
  assert.equal((await site.get("/other")).status, 500);
});

test("with stale=off an answer that is over is not given", { skip }, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "/ 1s stale=off"]], behind.listener);
  await hit(site, "/");
  behind.breakDown();
  let answer = await site.get("/");
  while (x(answer) === "HIT") answer = await site.get("/");
  assert.equal(answer.status, 500);
});

test("the files of a path are found, in every variant, and without them the app is asked again", {
  skip,
}, async (t) => {
  const behind = app();
  const site = await serveSite(t, [["cache", "60s"]], behind.listener);
  const targets = ["/news", "/news?page=2&vary=Accept", "/newspaper", "/other"];
  for (const target of targets) await site.get(target);
  await site.get("/news?page=2&vary=Accept", { Accept: "x" });
  await site.get("/news", { Host: "other.example" });
  await until("all are kept", () => cacheFiles(site.site, "/*").length === 6);
  const files = cacheFiles(site.site, "/news");
  assert.equal(files.length, 4, files.join());
  assert.equal(cacheFiles(site.site, "/news*").length, 5);
  assert.equal(cacheFiles(site.site, "/news?page=2&vary=Accept").length, 2);
  for (const file of files) rmSync(file);
  assert.equal(x(await site.get("/news")), "MISS");
  await hit(site, "/other");
  await hit(site, "/news");
  assert.deepEqual(cacheFiles({ cacheFolders: [`${site.directory}/none`] }, "/"), []);
});

test("a key is of a path with any query, of one query, or of all that begins so", () => {
  const key = "GET https://example.com:8443/a/b?c=/d";
  for (const [wanted, is] of [
    ["/a/b", true],
    ["/a/b?c=/d", true],
    ["/a/b?c", false],
    ["/a/*", true],
    ["/a", false],
    ["/d", false],
    ["*", true],
  ] as const)
    assert.equal(isKeyOf(key, wanted), is, wanted);
});
