import assert from "node:assert/strict";
import { renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { RealDirectory } from "../../src/app/real-directory.ts";
import { StaticStore } from "../../src/app/static-store.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

/** A directory with a store, some seconds after its files were made. */
function setUp(context: TestContext, files: Record<string, string | Buffer> = { "a.txt": "first" }) {
  const dir = temporaryDirectory(context, files);
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() + 5_000 });
  const store = new StaticStore([], []);
  const root = new RealDirectory(dir);
  const find = (name = "a.txt") => store.find(join(dir, name), root, "any");
  return { dir, find, text: (name?: string) => find(name)?.bytes?.toString() };
}

describe("static files: remembered ones", () => {
  test("are read once", (context) => {
    const { find, text } = setUp(context);
    assert.equal(text(), "first");
    assert.equal(find(), find());
  });

  test("are read again when they have changed, at once, and though time and size are as before", (context) => {
    const { dir, find, text } = setUp(context);
    const before = find()!;
    writeFileSync(join(dir, "a.txt"), "other");
    utimesSync(join(dir, "a.txt"), new Date(before.modified), new Date(before.modified));
    assert.equal(text(), "other");
  });

  test("are others when another is put in their place, and none when they are gone", (context) => {
    const { dir, text } = setUp(context, { "a.txt": "first", "b.txt": "third" });
    assert.equal(text(), "first");
    renameSync(join(dir, "b.txt"), join(dir, "a.txt"));
    assert.equal(text(), "third");
    unlinkSync(join(dir, "a.txt"));
    assert.equal(text(), undefined);
  });

  test("are none any more when a link that leads outside is put in their place", (context) => {
    const { dir, find, text } = setUp(context);
    assert.equal(text(), "first");
    const outside = temporaryDirectory(context, { "secret.txt": "secret" });
    unlinkSync(join(dir, "a.txt"));
    symlinkSync(join(outside, "secret.txt"), join(dir, "a.txt"));
    assert.equal(find(), undefined);
  });

  test("are not those that have just changed: they may change again within the same tick", (context) => {
    const dir = temporaryDirectory(context, { "a.txt": "first" });
    const store = new StaticStore([], []);
    const root = new RealDirectory(dir);
    context.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const find = () => store.find(join(dir, "a.txt"), root, "any");
    assert.equal(find()!.bytes!.toString(), "first");
    assert.notEqual(find(), find());
  });

  test("have their bytes in memory when they are small, and not too many of them", (context) => {
    const names = Array.from({ length: 300 }, (_, at) => `${at}.bin`);
    const small = Buffer.alloc(65_536);
    const files = Object.fromEntries(names.map((name) => [name, small]));
    const { find } = setUp(context, { ...files, "large.bin": Buffer.alloc(65_537) });
    assert.equal(find("large.bin")!.bytes, undefined);
    assert.equal(find("large.bin"), find("large.bin"));
    const found = names.map((name) => find(name)!);
    // 16 MB are 256 of them: the first ones had to go.
    assert.equal(find("299.bin"), found[299]);
    assert.equal(find("100.bin"), found[100]);
    assert.notEqual(find("0.bin"), found[0]);
  });
});
