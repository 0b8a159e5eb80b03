import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { AppError } from "../../src/app/app-error.ts";
import { resolveModule } from "../../src/app/resolve.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

const files = {
  "hello.ts": "",
  "hello.js": "",
  "plain.mjs": "",
  "old.cjs": "",
  "pkg/app.mts": "",
  "pkg/index.ts": "",
  "app.server.js": "",
  "a/b/deep.cts": "",
  "readme.txt": "",
};

describe("a module's name becomes a file", () => {
  const found: [module: string, file: string, callable?: string][] = [
    ["hello", "hello.ts"],
    ["hello:app", "hello.ts", "app"],
    ["hello:$_1", "hello.ts", "$_1"],
    ["plain", "plain.mjs"],
    ["old:default", "old.cjs", "default"],
    ["pkg.app:app", "pkg/app.mts", "app"],
    ["pkg", "pkg/index.ts"],
    ["a.b.deep", "a/b/deep.cts"],
    ["app.server", "app.server.js"],
    ["hello.js", "hello.js"],
    ["./hello", "hello.ts"],
    ["./hello.js:app", "hello.js", "app"],
    ["pkg/app", "pkg/app.mts"],
    ["./pkg/", "pkg/index.ts"],
    ["../{dir}/hello.ts", "hello.ts"],
    ["{root}/hello.ts:app", "hello.ts", "app"],
    ["{root}/hello", "hello.ts"],
  ];
  for (const [module, file, callable] of found) {
    test(`${module} is ${file}`, (context) => {
      const root = temporaryDirectory(context, files);
      const name = module.replace("{root}", root).replace("{dir}", root.split("/").at(-1) ?? "");
      assert.deepEqual(resolveModule(name, root), { file: join(root, file), callable });
    });
  }
});

describe("a module that is not there", () => {
  const missing: [module: string, advice: RegExp][] = [
    [
      "helo",
      /^Cannot find the app "helo": looked for helo\{\.ts,.*\}, helo\/index\.\* in \/.*\. Did you mean hello\.ts\?$/,
    ],
    ["hello.mjs", /looked for hello\.mjs in \/.*\. Did you mean hello\.ts\?$/],
    ["pkg.aap", /looked for pkg\/aap\{.*, pkg\.aap\{.* Did you mean pkg\/app\.mts\?$/],
    ["nowhere.app", /there is no directory \/.*\/nowhere\.$/],
    ["zzzzzz", /There is .*hello\.js.*\.$/],
    ["readme", /There is /],
  ];
  for (const [module, advice] of missing) {
    test(module, (context) => {
      const root = temporaryDirectory(context, files);
      assert.throws(
        () => resolveModule(module, root),
        (error) => error instanceof AppError && error.code === "APP_NOT_FOUND" && advice.test(error.message),
      );
    });
  }

  test("in an empty directory", (context) => {
    const root = temporaryDirectory(context);
    assert.throws(() => resolveModule("hello", root), /There is no TypeScript or JavaScript file in/);
  });
});
