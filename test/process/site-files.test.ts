import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { diceOf } from "../fuzz/dice.ts";
import { withoutNginx } from "../nginx/private-site-nginx.ts";
import { assertSame, serveBoth } from "../support/both-sites.ts";

const CHANGED = new Date("2026-01-02T03:04:05Z");

function files(directory: string): void {
  for (const [name, content] of [
    ["dist/index.html", "index"],
    ["dist/sub/index.html", "sub"],
    ["dist/page.html", "page"],
    ["dist/app.3f9ac51b.js", "hashed"],
    ["dist/assets/app-DiwrgTda.js", "vite"],
    ["dist/assets/my-calendar.js", "plain"],
    ["dist/jquery-1.12.4.js", "plain"],
    ["dist/big.css", "big"],
    ["dist/big.css.gz", gzipSync("packed")],
    ["dist/with space é.txt", "named"],
    ["dist/large.bin", "0123456789".repeat(20_000)],
    ["dist/empty.txt", ""],
    ["dist/.env", "secret"],
    ["dist/.git/config", "secret"],
    ["dist/.well-known/x.txt", "known"],
    ["dist/.well-known/.hidden", "secret"],
    ["dist/api/in-the-way.txt", "in the way"],
    ["mapped/x.txt", "mapped"],
    ["mapped/y.txt", "mapped"],
    ["dist-secret/x.txt", "secret"],
    ["one.txt", "one"],
    ["icon.ico", "icon"],
    ["crawlers.txt", "none of them"],
  ] as const) {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    utimesSync(file, CHANGED, CHANGED);
  }
  symlinkSync("page.html", join(directory, "dist/linked.html"));
}

describe("static files of [nginx] without NGINX are as NGINX has them", { skip: withoutNginx }, () => {
  it("below prefixes: freshness, packed siblings, indexes, what is not there", async (t) => {
    const both = await serveBoth(
      t,
      [
        ["static", "/s = dist expires=1h precompressed=yes"],
        ["static", "/s/deep = dist expires=auto index=index.html"],
        ["static", "/none = dist fallback=none"],
        ["static", "/docs = dist index=index.html fallback=page.html expires=5m"],
        ["static", "/one.txt = one.txt expires=1d"],
        ["static", "/gone = nowhere"],
        ["app", "/s/live"],
        ["favicon", "icon.ico"],
        ["robots", "crawlers.txt"],
      ],
      files,
    );
    const targets = [
      ...[
        "/",
        "/s",
        "/s/",
        "/s/page.html",
        "/s/page.html/",
        "/s/page.html?x=1",
        "/S/page.html",
        "/sx/page.html",
      ],
      ...[
        "/s/app.3f9ac51b.js",
        "/s/assets/app-DiwrgTda.js",
        "/s/assets/my-calendar.js",
        "/s/jquery-1.12.4.js",
      ],
      ...["/s/missing.js", "/s/sub", "/s/sub/", "/s/linked.html", "/s/empty.txt", "/s/large.bin"],
      ...["/s/.env", "/s/.git/config", "/s//.env", "/s/%2egit/config", "/s/.well-known/x.txt"],
      ...["/s/.well-known/.hidden", "/s/.well-known", "/s/with%20space%20%C3%A9.txt", "/s/%ff.txt"],
      ...["/s//page.html", "//s/page.html", "/s/./page.html", "/s/sub/../page.html", "/s%2fpage.html"],
      ...[
        "/s/sub%2f..%2fpage.html",
        "/s/../one.txt",
        "/s/..%2fdist-secret/x.txt",
        "/../page.html",
        "/s/%2e%2e",
      ],
      ...["/s/../../one.txt", "/s/%zz", "/s/a%00b", "/s../dist-secret/x.txt", "/s/....//dist-secret/x.txt"],
      ...["/s/deep", "/s/deep/", "/s/deep/sub", "/s/deep/sub/", "/s/deep/page.html", "/s/deep/nothing"],
      ...["/s/live", "/s/live/page.html", "/s/lively", "/s/LIVE/page.html"],
      ...[
        "/none/page.html",
        "/none/missing",
        "/none/",
        "/none",
        "/docs/",
        "/docs/sub",
        "/docs/missing",
        "/docs",
      ],
      ...["/docs/app.3f9ac51b.js", "/docs/.env", "/one.txt", "/one.txt/", "/gone/x", "/gone/"],
      ...["/favicon.ico", "/robots.txt", "/favicon.ico/x"],
    ];
    for (const target of targets) await assertSame(both, target);
    for (const target of [
      "/s/page.html",
      "/s/big.css",
      "/none/missing",
      "/s/missing",
      "/favicon.ico",
      "/s/sub",
    ])
      for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
        await assertSame(both, target, { method });
  });

  it("conditions, ranges and codings", async (t) => {
    const both = await serveBoth(t, [["static", "/s = dist expires=auto precompressed=yes"]], files);
    const modified = CHANGED.toUTCString();
    const one = await both.ask("/s/page.html");
    for (const target of ["/s/page.html", "/s/app.3f9ac51b.js", "/s/missing"])
      for (const headers of [
        { "If-Modified-Since": modified },
        { "If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT" },
        { "If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT" },
        { "If-None-Match": "*" },
        { "If-None-Match": '"another"' },
        { "If-Match": '"another"' },
        { Range: "bytes=1-2" },
        { Range: "bytes=-2" },
        { Range: "bytes=100-" },
        { Range: "bytes=1-2", "If-Range": modified },
        { Range: "bytes=1-2", "If-Range": '"another"' },
        { Range: "lines=1-2" },
      ] as Record<string, string>[])
        await assertSame(both, target, { headers });
    // Each knows its own tag again, and says how fresh the file is.
    for (const [which, port] of [
      ["here", both.portico.port],
      ["there", undefined],
    ] as const) {
      const tag = one[which].headers.etag;
      const again = (await both.ask("/s/page.html", { headers: { "If-None-Match": String(tag) } }))[which];
      assert.deepEqual([again.status, again.headers["cache-control"]], [304, "no-cache"], `${which} ${port}`);
    }
    for (const coding of ["gzip", "identity", "gzip;q=0", "br", "deflate", "x, gzip;q=0.5"])
      for (const target of ["/s/big.css", "/s/page.html"])
        await assertSame(both, target, { headers: { "Accept-Encoding": coding } });
  });

  it("an app of one page: everything that is not there is its page, but what is the app's", async (t) => {
    const both = await serveBoth(
      t,
      [
        ["static", "/ = dist fallback=index.html expires=auto"],
        ["app", "/api"],
        ["throttle", "/api/slow 1000r/s"],
        ["favicon", "none"],
        ["robots", "none"],
      ],
      files,
      [
        ["static-map", "/mapped=mapped"],
        ["static-map", "/api/one.txt=one.txt"],
      ],
    );
    for (const target of [
      ...["/", "/any/route", "/sub", "/sub/", "/page.html", "/.env", "/.well-known/x.txt", "/index.html"],
      ...["/app.3f9ac51b.js", "/api", "/api/", "/api/in-the-way.txt", "/apix", "/API", "/API/x"],
      ...["/API/slow", "/api/slow/x", "/mapped/x.txt", "/mapped/none", "/mapped", "/api/one.txt"],
      ...["/favicon.ico", "/robots.txt"],
    ])
      await assertSame(both, target);
    for (const method of ["POST", "HEAD"])
      for (const target of ["/", "/any/route", "/api", "/robots.txt", "/favicon.ico"])
        await assertSame(both, target, { method });
  });

  it("whatever a path is written like", async (t) => {
    const both = await serveBoth(
      t,
      [
        ["static", "/s = dist expires=auto index=index.html"],
        ["static", "/s/sub = dist/sub fallback=none"],
        ["static", "/ = mapped fallback=x.txt"],
        ["app", "/s/api /own"],
      ],
      files,
    );
    const dice = diceOf(20_261_122);
    const pieces = [
      ...[
        "/",
        "/",
        "/",
        "%2f",
        "//",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        "...",
        ".env",
        ".well-known",
        "x.txt",
        "s",
        "S",
      ],
      ...[
        "sub",
        "api",
        "own",
        "dist",
        "page.html",
        "app.3f9ac51b.js",
        "%70age.html",
        "%25",
        "%3f",
        "%5c",
        "%23",
      ],
      ...["%", "%0", "+", "~", ";", "?", "?/../", "%c3%a9", "%ff", "%20", "-", "index.html", "dist-secret"],
    ];
    for (let i = 0; i < 400; i++) {
      const start = dice.pick(["/", "/s/", "/s/sub/", "/s/.", "/s"]);
      const target = start + Array.from({ length: dice.below(6) }, () => dice.pick(pieces)).join("");
      const { here } = await assertSame(both, target);
      assert.doesNotMatch(here.body, /secret/, target);
    }
  });

  it("behind passwords and limits too, but for what is said to everybody", async (t) => {
    const both = await serveBoth(
      t,
      [
        ["static", "/s = dist"],
        ["auth", "basic users"],
        ["auth", "/s/assets off"],
        ["robots", "none"],
        ["favicon", "icon.ico"],
      ],
      (directory) => {
        files(directory);
        writeFileSync(join(directory, "users"), "ann:{PLAIN}secret\n");
      },
    );
    const headers = { Authorization: `Basic ${Buffer.from("ann:secret").toString("base64")}` };
    for (const target of [
      "/s/page.html",
      "/s/assets/my-calendar.js",
      "/robots.txt",
      "/favicon.ico",
      "/s/../x",
    ]) {
      await assertSame(both, target);
      await assertSame(both, target, { headers });
    }
  });

  it("a link that leads outside is followed by NGINX alone, unless static-safe has it", async (t) => {
    const both = await serveBoth(
      t,
      [["static", "/s = dist"]],
      (directory) => {
        files(directory);
        symlinkSync("../dist-secret/x.txt", join(directory, "dist/out.txt"));
        symlinkSync("../mapped/x.txt", join(directory, "dist/safe.txt"));
      },
      [["static-safe", "mapped"]],
    );
    assert.equal((await both.ask("/s/out.txt")).here.body, "from the app");
    await assertSame(both, "/s/safe.txt");
  });
});
