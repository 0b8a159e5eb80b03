import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { serveStatic } from "../../src/app/static-files.ts";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

const modified = new Date("2026-01-02T03:04:05.678Z");

function site(context: TestContext): string {
  const root = temporaryDirectory(context, {
    "static/a.css": "body {}",
    "static/page.html": "<p>",
    "static/sub/deep.js": "1",
    "static/data.unknown": "?",
    "static/with space é.txt": "named",
    "static/.secret": "secret",
    "static/.git/config": "secret",
    "static/empty.txt": "",
    "static/app/x.txt": "in the second",
    "favicon.ico": "icon",
    "outside.txt": "outside",
    "static-other/x.txt": "neighbour",
  });
  utimesSync(join(root, "static/a.css"), modified, modified);
  return root;
}

async function get(context: TestContext, target: string, request: FakeRequest = {}, root = site(context)) {
  const serve = serveStatic([
    ["/static", join(root, "static")],
    ["/favicon.ico", join(root, "favicon.ico")],
  ]);
  const exchange = new FakeExchange({ target, ...request });
  const answered = await serve(exchange);
  assert.equal(answered, exchange.started);
  return exchange;
}

describe("static files: found", () => {
  test("with type, length, time and tag", async (context) => {
    const exchange = await get(context, "/static/a.css?v=1");
    assert.equal(exchange.status, 200);
    assert.equal(exchange.text, "body {}");
    assert.deepEqual(exchange.headers, [
      "last-modified",
      "Fri, 02 Jan 2026 03:04:05 GMT",
      "etag",
      `"7-${modified.getTime().toString(16)}"`,
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
    const serve = serveStatic([
      ["/", join(root, "static/sub")],
      ["/app/", join(root, "static/app/")],
    ]);
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
    assert.equal(await serveStatic([["/s", join(root, "current")]])(exchange), true);
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
    assert.equal(await serveStatic([["/static", "nowhere/at/all"]])(exchange), false);
  });
});

describe("static files: conditional requests", () => {
  const tag = `"7-${modified.getTime().toString(16)}"`;
  const conditions: [headers: string[], status: number][] = [
    [["If-None-Match", tag], 304],
    [["If-None-Match", `W/${tag}`], 304],
    [["If-None-Match", `"other", ${tag}`], 304],
    [["If-None-Match", `"other"`, "If-None-Match", tag], 304],
    [["If-None-Match", "*"], 304],
    [["If-None-Match", `"other"`], 200],
    [["If-None-Match", `"other"`, "If-Modified-Since", modified.toUTCString()], 200],
    [["If-Modified-Since", modified.toUTCString()], 304],
    [["If-Modified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"], 200],
    [["If-Modified-Since", "not a date"], 200],
  ];
  for (const [headers, status] of conditions) {
    test(`${headers.join(" ")} is ${status}`, async (context) => {
      const exchange = await get(context, "/static/a.css", { headers });
      assert.equal(exchange.status, status);
      assert.deepEqual(exchange.field("etag"), [tag]);
      assert.equal(exchange.text, status === 304 ? "" : "body {}");
      assert.equal(exchange.outcome, "complete");
    });
  }
});

describe("static files: large ones", () => {
  const size = 20 * 1024 * 1024;

  test("are read no faster than they are sent", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    assert.equal(await serveStatic([["/", root]])(exchange), true);
    assert.equal(exchange.sent, size);
    assert.ok(exchange.mostWaiting <= 200_000, `${exchange.mostWaiting} bytes waited`);
  });

  test("are not read on when the client goes away", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    const { drained } = FakeExchange.prototype;
    exchange.drained = (wake) => {
      drained.call(exchange, wake);
      if (exchange.sent > size / 2) exchange.clientGone();
    };
    assert.equal(await serveStatic([["/", root]])(exchange), true);
    assert.ok(exchange.sent < size);
    assert.ok(!exchange.ended);
  });

  test("that become shorter meanwhile are cut off", async (context) => {
    const root = temporaryDirectory(context, { "big.zip": Buffer.alloc(size, "x") });
    const exchange = new FakeExchange({ target: "/big.zip", highWaterMark: 100_000, forget: true });
    const { write } = FakeExchange.prototype;
    exchange.write = (chunk) => {
      truncateSync(join(root, "big.zip"), 100_000);
      return write.call(exchange, chunk);
    };
    assert.equal(await serveStatic([["/", root]])(exchange), true);
    assert.equal(exchange.outcome, "aborted");
    assert.match(String(exchange.abortReason), /became shorter/);
  });
});
