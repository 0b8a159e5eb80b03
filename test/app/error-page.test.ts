import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { errorPage, errorText } from "../../src/app/error-page.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

/** What calling the default export of a module throws. */
async function thrown(
  context: TestContext,
  source: string,
  files: Record<string, string> = {},
): Promise<unknown> {
  const directory = temporaryDirectory(context, {
    "package.json": '{"type":"module"}',
    "hello.ts": source,
    ...files,
  });
  try {
    const module = await import(pathToFileURL(join(directory, "hello.ts")).href);
    await module.default();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

const fails = `const html: string = "<b>";
export default function handler() {
  throw new TypeError("bad <script>alert('x')</script> & \\"more\\"");
}`;

describe("the error's text for the terminal", () => {
  test("message, place, source lines, stack", async (context) => {
    const text = errorText(await thrown(context, fails));
    assert.match(text, /^TypeError: bad <script>alert\('x'\)<\/script> & "more"\n\/.*\/hello\.ts:3:9\n/);
    assert.match(text, /> 3 \| {3}throw new TypeError\(/);
    assert.match(text, /\n {4}\| {9}\^\n/);
    assert.match(text, /\n {4}at .*handler .*hello\.ts:3:9/);
  });

  test("the frame is the app's, not a package's or node's", async (context) => {
    const source = `import call from "called"; \nexport default () => call(() => { JSON.parse("{"); });`;
    const text = errorText(
      await thrown(context, source, {
        "node_modules/called/package.json": '{"type":"module","exports":"./index.js"}',
        "node_modules/called/index.js": "export default (f) => { [1].map(f); };",
      }),
    );
    assert.match(text, /\n\/.*\/hello\.ts:2:40\n/);
  });

  test("causes, and each once", () => {
    const inner = new Error("the disk is full");
    const outer = new Error("cannot save", { cause: inner });
    inner.cause = outer;
    const text = errorText(outer);
    assert.match(text, /^Error: cannot save\n/);
    assert.match(text, /\n\nCaused by: Error: the disk is full\n/);
    assert.equal(text.match(/^(Caused by: )?Error: cannot save$/gm)?.length, 1);
  });

  test("a code", () => {
    assert.match(errorText(Object.assign(new Error("no"), { code: "ENOENT" })), /^Error \[ENOENT\]: no\n/);
  });

  for (const [value, text] of [
    ["just text", "just text"],
    [undefined, "undefined"],
    [{ a: 1 }, '{"a":1}'],
    [10n, "[object BigInt]"],
  ] as const) {
    test(`thrown, but not an Error: ${text}`, () => {
      assert.equal(errorText(value), `Thrown, but not an Error: ${text}`);
    });
  }

  test("an error whose stack was taken away", () => {
    const error = new Error("bare");
    delete error.stack;
    assert.equal(errorText(error), "Error: bare");
  });
});

describe("the error page", () => {
  test("has message, place, source and stack, everything escaped", async (context) => {
    const { html } = errorPage(await thrown(context, fails), { method: "GET", target: "/<x>?a=1&b='2'" });
    assert.match(html, /^<!doctype html>/);
    assert.match(html, /GET \/&lt;x&gt;\?a=1&amp;b=&#39;2&#39;/);
    assert.match(
      html,
      /<h1>TypeError: bad &lt;script&gt;alert\(&#39;x&#39;\)&lt;\/script&gt; &amp; &quot;more&quot;<\/h1>/,
    );
    assert.match(html, /hello\.ts:3:9/);
    assert.match(html, /const html: string = &quot;&lt;b&gt;&quot;;/);
    assert.ok(!html.includes("<script"));
    assert.ok(!html.includes("<x>"));
    assert.ok(!html.includes("<b>"));
  });

  test("without a request, of something that is no error", () => {
    const { html } = errorPage("<oops>", undefined);
    assert.match(html, /<h1>Thrown, but not an Error: &lt;oops&gt;<\/h1>/);
  });

  test("with causes", () => {
    const { html } = errorPage(new Error("outer", { cause: new Error("inner") }), undefined);
    assert.match(html, /<h1>Error: outer<\/h1>[\s\S]*Caused by[\s\S]*<h1>Error: inner<\/h1>/);
  });
});
