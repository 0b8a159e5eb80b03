import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { serveFiles } from "../support/serve-files.ts";
import { get, modified, site } from "../support/static-site.ts";

describe("static files: other options", () => {
  test("an index, with a slash at the end and without, and not where there is none", async (context) => {
    const options = { index: ["index.html", "page.html"] };
    const root = site(context);
    for (const target of ["/static", "/static/", "/static?x=1"]) {
      const exchange = await get(context, target, {}, root, options);
      assert.equal(exchange.text, "<p>", target);
      assert.deepEqual(exchange.field("content-type"), ["text/html; charset=utf-8"]);
    }
    for (const target of ["/static/sub", "/static/sub/", "/static//", "/static/page.html/"])
      assert.deepEqual((await get(context, target, {}, root, options)).calls, [], target);
  });

  test("an index that is a link which leads outside", async (context) => {
    const root = site(context);
    symlinkSync("../outside.txt", join(root, "static/index.html"));
    assert.deepEqual((await get(context, "/static/", {}, root, { index: ["index.html"] })).calls, []);
  });

  test("a link into a safe directory, and past it", async (context) => {
    const root = site(context);
    symlinkSync("../static-other/x.txt", join(root, "static/in-safe.txt"));
    symlinkSync("../outside.txt", join(root, "static/out.txt"));
    const options = { safe: [join(root, "nowhere"), join(root, "static-other")] };
    assert.equal((await get(context, "/static/in-safe.txt", {}, root, options)).text, "neighbour");
    assert.deepEqual((await get(context, "/static/out.txt", {}, root, options)).calls, []);
  });

  test("every path, before mapped ones; whole paths, after them", async (context) => {
    const root = site(context);
    const options = {
      directories: [join(root, "static/sub"), join(root, "static")],
      maps: [["/app", join(root, "static-other")]] as const,
      wholeMaps: [["/sub", join(root, "static")]] as const,
    };
    assert.equal((await get(context, "/deep.js", {}, root, options)).text, "1");
    assert.equal((await get(context, "/a.css", {}, root, options)).text, "body {}");
    assert.equal((await get(context, "/app/x.txt", {}, root, options)).text, "in the second");
    assert.deepEqual((await get(context, "/outside.txt", {}, root, options)).calls, []);
    const whole = { maps: [], wholeMaps: options.wholeMaps };
    assert.equal((await get(context, "/sub/deep.js", {}, root, whole)).text, "1");
    assert.deepEqual((await get(context, "/a.css", {}, root, whole)).calls, []);
  });

  test("what is skipped", async (context) => {
    const exchange = await get(context, "/static/a.css", {}, site(context), { skipped: [".css"] });
    assert.deepEqual(exchange.calls, []);
  });

  test("when it expires: by path, else by target, else by type; on a 304 too", async (context) => {
    const root = site(context);
    const expires = async (target: string, headers: string[] = []) => {
      const exchange = await get(context, target, { headers }, root, {
        expires: [["/deep\\.", 10]],
        expiresUri: [
          ["\\?v=", 20],
          ["deep", 1],
        ],
        expiresType: [["text/css", 30]],
      });
      assert.equal(exchange.field("expires").length <= 1, true);
      return Math.round((Date.parse(exchange.field("expires")[0] ?? "") - Date.now()) / 1000);
    };
    const near = (actual: number, wanted: number) => assert.ok(Math.abs(actual - wanted) < 8, `${actual}`);
    near(await expires("/static/sub/deep.js"), 10);
    near(await expires("/static/a.css?v=1"), 20);
    near(await expires("/static/a.css"), 30);
    near(await expires("/static/a.css", ["If-None-Match", "*"]), 30);
    assert.ok(Number.isNaN(await expires("/static/page.html")));
  });

  test("types of a mimefile", async (context) => {
    const root = site(context);
    const mime = join(root, "mime.types");
    writeFileSync(mime, "# types\ntext/x-mine\tunknown own # mine\n\nimage/mine HTML\nbroken\n../x y\n");
    const options = { mimeFiles: [mime] };
    const type = async (target: string) =>
      (await get(context, target, {}, root, options)).field("content-type")[0];
    assert.equal(await type("/static/data.unknown"), "text/x-mine; charset=utf-8");
    assert.equal(await type("/static/page.html"), "image/mine");
    assert.equal(await type("/static/a.css"), "text/css; charset=utf-8");
    assert.throws(
      () => serveFiles({ maps: [["/", root]], mimeFiles: [join(root, "none")] }),
      /Cannot read mimefile/,
    );
  });
});

describe("static files: compressed beforehand", () => {
  function compressed(context: TestContext, names: string[]): string {
    const root = site(context);
    for (const name of names) {
      writeFileSync(join(root, "static", name), name);
      utimesSync(join(root, "static", name), modified, modified);
    }
    return root;
  }
  const css = async (
    context: TestContext,
    root: string,
    accepted: string | undefined,
    headers: string[] = [],
  ) =>
    get(
      context,
      "/static/a.css",
      { headers: accepted === undefined ? headers : ["Accept-Encoding", accepted, ...headers] },
      root,
      { precompressed: true },
    );

  const cases: [accepted: string | undefined, text: string][] = [
    ["gzip, deflate, br, zstd", "a.css.br"],
    ["gzip, deflate", "a.css.gz"],
    ["br;q=0.5, gzip;q=0.8, zstd;q=0.1", "a.css.gz"],
    ["*", "a.css.br"],
    ["*, br;q=0", "a.css.zst"],
    ["X-GZIP", "a.css.gz"],
    ["gzip;q=0", "body {}"],
    ["identity, gzip;q=0.5", "body {}"],
    ["deflate", "body {}"],
    ["", "body {}"],
    [undefined, "body {}"],
  ];
  for (const [accepted, text] of cases) {
    test(`${accepted} gets ${text}`, async (context) => {
      const root = compressed(context, ["a.css.br", "a.css.zst", "a.css.gz"]);
      const exchange = await css(context, root, accepted);
      assert.equal(exchange.text, text);
      assert.deepEqual(exchange.field("vary"), ["accept-encoding"]);
      assert.deepEqual(exchange.field("content-type"), ["text/css; charset=utf-8"]);
      assert.deepEqual(exchange.field("content-length"), [String(text.length)]);
      const coding = { br: ["br"], st: ["zstd"], gz: ["gzip"], "{}": [] }[text.slice(-2)];
      assert.deepEqual(exchange.field("content-encoding"), coding);
    });
  }

  test("each coding has its tag, and conditions and ranges are of what is sent", async (context) => {
    const root = compressed(context, ["a.css.br", "a.css.gz"]);
    const tags = [];
    for (const accepted of ["br", "gzip", "identity"])
      tags.push((await css(context, root, accepted)).field("etag")[0]!);
    assert.equal(new Set(tags).size, 3);
    const unchanged = await css(context, root, "br", ["If-None-Match", tags[0]!]);
    assert.deepEqual([unchanged.status, unchanged.field("vary")], [304, ["accept-encoding"]]);
    assert.equal((await css(context, root, "gzip", ["If-None-Match", tags[0]!])).status, 200);
    const part = await css(context, root, "br", ["Range", "bytes=6-"]);
    assert.deepEqual([part.status, part.text, part.field("content-range")], [206, "br", ["bytes 6-7/8"]]);
    assert.deepEqual(part.field("content-encoding"), ["br"]);
    const other = await css(context, root, "gzip", ["Range", "bytes=6-", "If-Range", tags[0]!]);
    assert.deepEqual([other.status, other.text], [200, "a.css.gz"]);
  });

  test("one that is older, a link or a directory is not taken; nor any where the option is off", async (context) => {
    const root = compressed(context, ["a.css.br"]);
    utimesSync(join(root, "static/a.css.br"), modified, new Date(modified.getTime() - 2000));
    symlinkSync("../outside.txt", join(root, "static/a.css.zst"));
    mkdirSync(join(root, "static/a.css.gz"));
    writeFileSync(join(root, "static/a.css.gz/index.html"), "no sibling");
    const index = { precompressed: true, index: ["index.html"] };
    const headers = ["Accept-Encoding", "*"];
    assert.equal((await get(context, "/static/a.css", { headers }, root, index)).text, "body {}");
    const off = await get(
      context,
      "/static/a.css",
      { headers: ["Accept-Encoding", "br"] },
      compressed(context, ["a.css.br"]),
    );
    assert.deepEqual([off.text, off.field("vary")], ["body {}", []]);
  });
});
