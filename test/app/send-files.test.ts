import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Hono } from "hono";
import { compressing } from "../../src/app/compression.ts";
import type { App } from "../../src/app/exchange.ts";
import { fetchApp } from "../../src/app/fetch-adapter.ts";
import type { Context, FetchHandler } from "../../src/app/interface.ts";
import { nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { sendingFiles } from "../../src/app/send-files.ts";
import type { Front } from "../../src/app/sending-exchange.ts";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";
import { projectWith } from "../support/project.ts";

async function files(t: TestContext): Promise<string> {
  const dir = await projectWith(t, {
    "private/report.txt": "the report",
    "private/sub/page": "page",
    "private/März 50%?#.txt": "spring",
    "private/.env": "secret",
    "private/.git/config": "secret",
    "private-secret/x.txt": "secret",
    "outside.txt": "secret",
  });
  symlinkSync("../outside.txt", join(dir, "private/link.txt"));
  symlinkSync("report.txt", join(dir, "private/inside.txt"));
  symlinkSync("..", join(dir, "private/up"));
  return dir;
}

const raw =
  (path: string, headers: Record<string, string> = {}): FetchHandler =>
  () =>
    new Response("of the app", { status: 201, headers: { ...headers, "x-Accel-Redirect": path } });

async function ask(
  dir: string,
  handler: FetchHandler,
  request: FakeRequest = {},
  front: Front = "nobody",
  around: (app: App) => App = (app) => app,
) {
  const roots = [
    ["/private", join(dir, "private")],
    ["/private/deep", join(dir, "deep")],
  ] as const;
  const app = sendingFiles(around(fetchApp("test", handler)), { roots, mimeFiles: [] }, () => front);
  const exchange = new FakeExchange(request);
  await app.handle(exchange);
  await exchange.closed;
  const body = Buffer.concat(exchange.chunks).toString();
  const headers = new Headers(
    exchange.headers.flatMap((name, at) =>
      at % 2 ? [] : [[name, exchange.headers[at + 1]!] as [string, string]],
    ),
  );
  return { status: exchange.status, headers, body };
}

describe("X-Accel-Redirect without anybody in front", () => {
  it("is the file, with what NGINX keeps of the app's fields and nothing else", async (t) => {
    const dir = await files(t);
    const given = {
      "Content-Type": "application/x-report",
      "Content-Disposition": "attachment",
      "Cache-Control": "private",
      Expires: "0",
      "Set-Cookie": "a=b",
      ETag: '"app"',
      "Content-Length": "10",
      "X-Other": "gone",
    };
    const { status, headers, body } = await ask(dir, raw("/private/report.txt?query", given));
    assert.deepEqual([status, body], [200, "the report"]);
    for (const name of ["content-type", "content-disposition", "cache-control", "expires", "set-cookie"])
      assert.equal(headers.get(name), Object.entries(given).find(([key]) => key.toLowerCase() === name)![1]);
    assert.deepEqual([headers.get("x-accel-redirect"), headers.get("x-other")], [null, null]);
    assert.notEqual(headers.get("etag"), '"app"');
    assert.equal(headers.get("content-length"), "10");
  });

  it("has ranges, conditions and HEAD; a POST gets the file too", async (t) => {
    const dir = await files(t);
    const app = raw("/private/report.txt");
    const part = await ask(dir, app, { headers: ["Range", "bytes=4-9"] });
    assert.deepEqual([part.status, part.body], [206, "report"]);
    const old = { headers: ["If-Modified-Since", new Date(Date.now() + 5000).toUTCString()] };
    assert.equal((await ask(dir, app, old)).status, 304);
    const head = await ask(dir, app, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length"), head.body], [200, "10", ""]);
    const posted = await ask(dir, app, { method: "POST", body: "x", headers: ["Range", "bytes=4-9"] });
    assert.deepEqual([posted.status, posted.body], [206, "report"]);
  });

  for (const path of [
    "/private/../outside.txt",
    "/private/%2e%2e/outside.txt",
    "/private/..%2foutside.txt",
    "/private/sub/../../outside.txt",
    "/private/up/outside.txt",
    "/private/link.txt",
    "/private/inside.txt",
    "/private/.env",
    "/private/%2eenv",
    "/private/.git/config",
    "/private//report.txt",
    "/private/sub",
    "/private/sub/page/",
    "/private/report.txt%00",
    "/private/..\\outside.txt",
    "/private/",
    "/private",
    "/private/none",
    "/private/deep/report.txt",
  ])
    it(`is not found: ${path}`, async (t) => {
      const { status, body, headers } = await ask(await files(t), raw(path));
      assert.deepEqual([status, body], [404, "Not Found\n"]);
      assert.equal(headers.get("x-accel-redirect"), null);
    });

  for (const path of [
    "/other/x",
    "/private-secret/x.txt",
    "/Private/report.txt",
    "private/report.txt",
    "@app",
    "/%zz",
  ])
    it(`fails where nothing is declared: ${path}`, async (t) => {
      await assert.rejects(
        ask(await files(t), raw(path)),
        /Cannot send a file: expected in X-Accel-Redirect/,
      );
    });

  it("takes what is written beside, from a node listener", async (t) => {
    const dir = await files(t);
    const listener = nodeListenerApp("test", (_, response) => {
      response.setHeader("X-Accel-Redirect", "/private/sub/page");
      response.write("of the app");
      response.end("and more");
    });
    const roots = [["/private", join(dir, "private")]] as const;
    const exchange = new FakeExchange();
    await sendingFiles(listener, { roots, mimeFiles: [] }, () => "nobody").handle(exchange);
    assert.deepEqual([exchange.status, Buffer.concat(exchange.chunks).toString()], [200, "page"]);
  });

  it("sends a large file, and from a root that is a link", async (t) => {
    const dir = await files(t);
    const large = "0123456789".repeat(300_000);
    mkdirSync(join(dir, "release-1"));
    writeFileSync(join(dir, "release-1/large.txt"), large);
    renameSync(join(dir, "private"), join(dir, "before"));
    symlinkSync("release-1", join(dir, "private"));
    assert.equal((await ask(dir, raw("/private/large.txt"))).body, large);
    assert.equal(readFileSync(join(dir, "private/large.txt"), "utf8"), large);
  });
});

describe("X-Accel-Redirect with a web server in front", () => {
  it("is the site's to send where it knows the directories", async (t) => {
    const { status, headers, body } = await ask(await files(t), raw("/private/report.txt"), {}, "site");
    assert.deepEqual(
      [status, headers.get("x-accel-redirect"), body],
      [201, "/private/report.txt", "of the app"],
    );
  });
  it("is sent here where it is hand-written, but for what is its own", async (t) => {
    const dir = await files(t);
    assert.equal((await ask(dir, raw("/private/report.txt"), {}, "server")).body, "the report");
    const { headers } = await ask(dir, raw("/its-own/x"), {}, "server");
    assert.equal(headers.get("x-accel-redirect"), "/its-own/x");
  });
});

describe("context.sendFile", () => {
  const sent =
    (path: string, headers?: Record<string, string>): FetchHandler =>
    (_, context) =>
      context.sendFile(path, headers);
  it("takes a path as it is, whatever characters it has", async (t) => {
    const dir = await files(t);
    assert.equal((await ask(dir, sent("/private/März 50%?#.txt"))).body, "spring");
    const told = await ask(
      dir,
      sent("/private/März 50%?#.txt", { "Content-Disposition": "inline" }),
      {},
      "site",
    );
    assert.deepEqual(
      [told.headers.get("x-accel-redirect"), told.headers.get("content-disposition"), told.body],
      ["/private/M%C3%A4rz%2050%25%3F%23.txt", "inline", ""],
    );
  });
  for (const path of [
    "/private/../outside.txt",
    "/private/.env",
    "/private/a/",
    "/private",
    "/other/x",
    "x",
    "",
  ])
    it(`refuses ${JSON.stringify(path)}`, async (t) => {
      for (const front of ["site", "server", "nobody"] as const)
        await assert.rejects(
          ask(await files(t), sent(path), {}, front),
          /Cannot send a file: expected a path below/,
        );
    });
  it("is Hono's c.env.sendFile", async (t) => {
    const hono = new Hono<{ Bindings: Context }>();
    hono.get("*", (c) => c.env.sendFile("/private/report.txt"));
    const app: FetchHandler = (request, context) => hono.fetch(request, context);
    const { status, body } = await ask(await files(t), app);
    assert.deepEqual([status, body], [200, "the report"]);
  });
  it("is refused where the ini names no directory", async () => {
    const exchange = new FakeExchange();
    await assert.rejects(
      async () => fetchApp("test", sent("/private/x")).handle(exchange),
      /send-files in \[nginx\]/,
    );
  });
});

it("a file is sent by an app whose own responses are compressed, as it is", async (t) => {
  const dir = await files(t);
  const handler: FetchHandler = (_request, context) => context.sendFile("/private/report.txt");
  const request = { headers: ["Accept-Encoding", "gzip"] };
  const around = (app: App): App => compressing(app, () => true);
  const { status, headers, body } = await ask(dir, handler, request, "nobody", around);
  assert.deepEqual([status, body, headers.get("content-encoding")], [200, "the report", null]);
});
