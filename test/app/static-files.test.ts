import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { FakeExchange } from "../support/fake-exchange.ts";
import { serveFiles } from "../support/serve-files.ts";
import { get, site, tag } from "../support/static-site.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

describe("static files: found", () => {
  test("with type, length, time and tag", async (context) => {
    const exchange = await get(context, "/static/a.css?v=1");
    assert.equal(exchange.status, 200);
    assert.equal(exchange.text, "body {}");
    assert.deepEqual(exchange.headers, [
      "last-modified",
      "Fri, 02 Jan 2026 03:04:05 GMT",
      "etag",
      tag,
      "accept-ranges",
      "bytes",
      "content-type",
      "text/css; charset=utf-8",
      "content-length",
      "7",
    ]);
    assert.equal(exchange.outcome, "complete");
  });

  const found: [target: string, text: string, type: string][] = [
    ["/static/sub/deep.js", "1", "text/javascript; charset=utf-8"],
    ["/static/page.html", "<p>", "text/html; charset=utf-8"],
    ["/static/data.unknown", "?", "application/octet-stream"],
    ["/static/with%20space%20%C3%A9.txt", "named", "text/plain; charset=utf-8"],
    ["/%73tatic/a%2Ecss", "body {}", "text/css; charset=utf-8"],
    ["/favicon.ico", "icon", "image/vnd.microsoft.icon"],
    ["/static/empty.txt", "", "text/plain; charset=utf-8"],
  ];
  for (const [target, text, type] of found) {
    test(target, async (context) => {
      const exchange = await get(context, target);
      assert.equal(exchange.status, 200);
      assert.equal(exchange.text, text);
      assert.deepEqual(exchange.field("content-type"), [type]);
    });
  }

  test("HEAD has the head alone", async (context) => {
    const exchange = await get(context, "/static/a.css", { method: "HEAD" });
    assert.deepEqual(exchange.field("content-length"), ["7"]);
    assert.deepEqual(exchange.calls, ["respond", "end"]);
  });

  test("the first mapping that has the file answers", async (context) => {
    const root = site(context);
    const serve = serveFiles({
      maps: [
        ["/", join(root, "static/sub")],
        ["/app/", join(root, "static/app/")],
      ],
    });
    const exchange = new FakeExchange({ target: "/app/x.txt" });
    assert.equal(await serve(exchange), true);
    assert.equal(exchange.text, "in the second");
  });

  test("a link that stays inside, and a root that is a link", async (context) => {
    const root = site(context);
    symlinkSync("a.css", join(root, "static/link.css"));
    assert.equal((await get(context, "/static/link.css", {}, root)).text, "body {}");
    symlinkSync("static", join(root, "current"));
    const exchange = new FakeExchange({ target: "/s/a.css" });
    assert.equal(await serveFiles({ maps: [["/s", join(root, "current")]] })(exchange), true);
  });
});

describe("static files: a root that becomes another", () => {
  test("is followed at once, and what was its own is left", async (context) => {
    const root = temporaryDirectory(context, { "v1/a.txt": "one", "v1/old.txt": "old", "v2/a.txt": "two" });
    symlinkSync("v1", join(root, "current"));
    const serve = serveFiles({ maps: [["/", join(root, "current")]] });
    const text = async (target: string) => {
      const exchange = new FakeExchange({ target });
      await serve(exchange);
      return exchange.text;
    };
    assert.equal(await text("/a.txt"), "one");
    unlinkSync(join(root, "current"));
    symlinkSync("v2", join(root, "current"));
    assert.equal(await text("/a.txt"), "two");
    assert.equal(await text("/old.txt"), "");
    symlinkSync("../v1/old.txt", join(root, "v2/link.txt"));
    assert.equal(await text("/link.txt"), "");
  });
});

describe("static files: left to the app", () => {
  const left = [
    "/",
    "/static",
    "/static/",
    "/static/sub",
    "/static/nothing.txt",
    "/static/a.css/",
    "/static/a.css/x",
    "/favicon.ico/x",
    "/static-other/x.txt",
    "/staticx",
    "/static/../outside.txt",
    "/static/%2e%2e/outside.txt",
    "/static/..%2foutside.txt",
    "/static/%2e%2e%2foutside.txt",
    "/static/sub%2fdeep.js",
    "/static/sub%5cdeep.js",
    "/static/sub/./deep.js",
    "/static//a.css",
    "/static/a.css%00",
    "/static/a.css%00.html",
    "/static/.secret",
    "/static/.git/config",
    "/static/%2egit/config",
    "/static/%zz",
    "/static/%ff",
    `/static/${"a".repeat(300)}`,
    "*",
    "http://hello.test/static/a.css",
  ];
  for (const target of left) {
    test(target.slice(0, 60), async (context) => {
      assert.deepEqual((await get(context, target)).calls, []);
    });
  }

  test("other methods than GET and HEAD", async (context) => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "get"]) {
      assert.deepEqual((await get(context, "/static/a.css", { method })).calls, []);
    }
  });

  test("links that lead outside, and in circles", async (context) => {
    const root = site(context);
    symlinkSync("../outside.txt", join(root, "static/out.txt"));
    symlinkSync("..", join(root, "static/up"));
    symlinkSync("circle", join(root, "static/circle"));
    for (const target of [
      "/static/out.txt",
      "/static/up/outside.txt",
      "/static/up/static-other/x.txt",
      "/static/circle",
    ]) {
      assert.deepEqual((await get(context, target, {}, root)).calls, [], target);
    }
  });

  test("what is no file: a directory, a FIFO, which is not waited for", async (context) => {
    const root = site(context);
    mkdirSync(join(root, "static/dir.css"));
    execFileSync("mkfifo", [join(root, "static/fifo.css")]);
    for (const target of ["/static/dir.css", "/static/fifo.css"]) {
      assert.deepEqual((await get(context, target, {}, root)).calls, [], target);
    }
  });

  test("a mapping whose root is not there", async () => {
    const exchange = new FakeExchange({ target: "/static/a.css" });
    assert.equal(await serveFiles({ maps: [["/static", "nowhere/at/all"]] })(exchange), false);
  });
});

describe("static files: large ones", () => {
  const size = 20 * 1024 * 1024;

  test("are read no faster than they are sent", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    assert.equal(await serveFiles({ maps: [["/", root]] })(exchange), true);
    assert.equal(exchange.sent, size);
    assert.ok(exchange.mostWaiting <= 300_000, `${exchange.mostWaiting} bytes waited`);
  });

  test("are not read on when the client goes away", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    const { drained } = FakeExchange.prototype;
    exchange.drained = (wake) => {
      drained.call(exchange, wake);
      if (exchange.sent > size / 2) exchange.clientGone();
    };
    assert.equal(await serveFiles({ maps: [["/", root]] })(exchange), true);
    assert.ok(exchange.sent < size);
    assert.ok(!exchange.calls.includes("end"));
  });

  test("that become shorter meanwhile are cut off", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    const { write } = FakeExchange.prototype;
    exchange.write = (chunk) => {
      truncateSync(join(root, "big.zip"), 100_000);
      return write.call(exchange, chunk);
    };
    assert.equal(await serveFiles({ maps: [["/", root]] })(exchange), true);
    assert.equal(exchange.outcome, "aborted");
    assert.match(String(exchange.abortReason), /became shorter/);
  });
});
