import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { FakeExchange, type FakeRequest } from "../support/fake-exchange.ts";
import { serveFiles } from "../support/serve-files.ts";
import { get, modified, tag } from "../support/static-site.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

describe("static files: conditional requests", () => {
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
    [["If-Modified-Since", "Friday, 02-Jan-26 03:04:05 GMT"], 304],
    [["If-Modified-Since", "Fri Jan  2 03:04:05 2026"], 304],
    [["If-Modified-Since", "not a date"], 200],
    [["If-Modified-Since", "2026-02-02"], 200],
    [["If-Modified-Since", modified.toUTCString(), "If-Modified-Since", modified.toUTCString()], 200],
    [["If-Match", tag], 200],
    [["If-Match", "*"], 200],
    [["If-Match", `"other", ${tag}`], 200],
    [["If-Match", `W/${tag}`], 412],
    [["If-Match", `"other"`], 412],
    [["If-Match", `"other"`, "If-None-Match", tag], 412],
    [["If-Match", tag, "If-None-Match", tag], 304],
    [["If-Unmodified-Since", modified.toUTCString()], 200],
    [["If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"], 412],
    [["If-Unmodified-Since", "not a date"], 200],
    [["If-Match", tag, "If-Unmodified-Since", "Fri, 02 Jan 2026 03:04:04 GMT"], 200],
  ];
  for (const [headers, status] of conditions) {
    test(`${headers.join(" ")} is ${status}`, async (context) => {
      const exchange = await get(context, "/static/a.css", { headers });
      assert.equal(exchange.status, status);
      assert.deepEqual(exchange.field("etag"), status === 412 ? [] : [tag]);
      assert.equal(exchange.text, status === 200 ? "body {}" : "");
      assert.equal(exchange.outcome, "complete");
    });
  }
});

describe("static files: ranges", () => {
  const bytes = async (context: TestContext, headers: string[], request: FakeRequest = {}) =>
    get(context, "/static/a.css", { headers, ...request });

  test("one", async (context) => {
    const exchange = await bytes(context, ["Range", "bytes=2-3"]);
    assert.equal(exchange.status, 206);
    assert.equal(exchange.text, "dy");
    assert.deepEqual(exchange.field("content-range"), ["bytes 2-3/7"]);
    assert.deepEqual(exchange.field("content-length"), ["2"]);
    assert.deepEqual(exchange.field("etag"), [tag]);
  });

  test("several", async (context) => {
    const exchange = await bytes(context, ["Range", "bytes=-1, 0-1"]);
    assert.equal(exchange.status, 206);
    const [, boundary] =
      /^multipart\/byteranges; boundary=([\w-]+)$/.exec(exchange.field("content-type")[0]!) ?? [];
    const part = (range: string, text: string) =>
      `--${boundary}\r\nContent-Type: text/css; charset=utf-8\r\nContent-Range: bytes ${range}/7\r\n\r\n${text}\r\n`;
    assert.equal(exchange.text, `${part("6-6", "}")}${part("0-1", "bo")}--${boundary}--\r\n`);
    assert.deepEqual(exchange.field("content-length"), [String(exchange.text.length)]);
    assert.deepEqual(exchange.field("content-range"), []);
  });

  test("none of what was asked for", async (context) => {
    const exchange = await bytes(context, ["Range", "bytes=7-"]);
    assert.deepEqual([exchange.status, exchange.text], [416, ""]);
    assert.deepEqual(exchange.field("content-range"), ["bytes */7"]);
  });

  const whole: [name: string, headers: string[], request?: FakeRequest][] = [
    ["HEAD", ["Range", "bytes=0-1"], { method: "HEAD" }],
    ["two fields", ["Range", "bytes=0-1", "Range", "bytes=2-3"]],
    ["another tag", ["Range", "bytes=0-1", "If-Range", '"x"']],
    ["a weak tag", ["Range", "bytes=0-1", "If-Range", `W/${tag}`]],
    ["a date before", ["Range", "bytes=0-1", "If-Range", "Fri, 02 Jan 2026 03:04:04 GMT"]],
    ["a date after", ["Range", "bytes=0-1", "If-Range", "Fri, 02 Jan 2026 03:04:06 GMT"]],
    ["no date", ["Range", "bytes=0-1", "If-Range", "yesterday"]],
  ];
  for (const [name, headers, request] of whole) {
    test(`the whole for ${name}`, async (context) => {
      const exchange = await bytes(context, headers, request);
      assert.deepEqual([exchange.status, exchange.field("content-length")], [200, ["7"]]);
    });
  }

  test("a part for its tag, and for its date", async (context) => {
    for (const validator of [tag, modified.toUTCString()])
      assert.equal((await bytes(context, ["Range", "bytes=0-1", "If-Range", validator])).text, "bo");
  });

  test("a condition comes before a range", async (context) => {
    assert.equal((await bytes(context, ["Range", "bytes=99-", "If-None-Match", tag])).status, 304);
    assert.equal((await bytes(context, ["Range", "bytes=0-1", "If-Match", '"x"'])).status, 412);
  });

  test("of a file that has just changed the tag is weak, and matches no range", async (context) => {
    const root = temporaryDirectory(context, { "new.txt": "new" });
    const serve = serveFiles({ maps: [["/", root]] });
    utimesSync(join(root, "new.txt"), new Date(), new Date(Date.now() + 3_600_000));
    const first = new FakeExchange({ target: "/new.txt" });
    await serve(first);
    const [found] = first.field("etag");
    assert.match(found!, /^W\/"/);
    const second = new FakeExchange({
      target: "/new.txt",
      headers: ["Range", "bytes=0-1", "If-Range", found!],
    });
    await serve(second);
    assert.deepEqual([second.status, second.text], [200, "new"]);
  });
});
