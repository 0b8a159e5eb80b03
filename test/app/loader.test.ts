import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { AppError, type AppErrorCode } from "../../src/app/app-error.ts";
import { loadApp } from "../../src/app/loader.ts";
import { FakeExchange } from "../support/fake-exchange.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

const modulesOfThisProject = join(import.meta.dirname, "../../node_modules");

function project(context: TestContext, files: Record<string, string>): string {
  const directory = temporaryDirectory(context, { "package.json": '{"type":"module"}', ...files });
  symlinkSync(modulesOfThisProject, join(directory, "node_modules"));
  return directory;
}

async function load(
  context: TestContext,
  files: Record<string, string>,
  module = "hello",
  callable?: string,
) {
  return loadApp({ module, callable, chdir: project(context, files) });
}

async function answer(
  context: TestContext,
  files: Record<string, string>,
  module?: string,
  callable?: string,
) {
  const { app } = await load(context, files, module, callable);
  const exchange = new FakeExchange();
  await app.handle(exchange);
  await exchange.closed;
  return exchange.text;
}

/** Fetch handler's source that answers with a text. */
const says = (text: string) => `() => new Response(${JSON.stringify(text)})`;

describe("which export is the app", () => {
  test("default, before the others", async (context) => {
    const source = `export const app = ${says("app")}; export default ${says("default")};`;
    assert.equal(await answer(context, { "hello.ts": source }), "default");
  });

  for (const name of ["app", "application", "handler"]) {
    test(`${name}, without a default`, async (context) => {
      assert.equal(await answer(context, { "hello.ts": `export const ${name} = ${says(name)};` }), name);
    });
  }

  test("app, where the default is none", async (context) => {
    const source = `export default { port: 3000 }; export const app = ${says("app")};`;
    assert.equal(await answer(context, { "hello.ts": source }), "app");
  });

  test("the module itself, where it exports fetch", async (context) => {
    assert.equal(await answer(context, { "hello.ts": `export const fetch = ${says("module")};` }), "module");
  });

  test("the one named with the module, and callable before that", async (context) => {
    const files = { "hello.ts": `export const one = ${says("one")}; export const two = ${says("two")};` };
    assert.equal(await answer(context, files, "hello:one"), "one");
    assert.equal(await answer(context, files, "hello:one", "two"), "two");
  });

  test("a promise of it", async (context) => {
    assert.equal(
      await answer(context, { "hello.ts": `export default Promise.resolve(${says("kept")});` }),
      "kept",
    );
  });

  test("a promise that is broken", async (context) => {
    const source = `export const app = Promise.reject(new Error("no database"));`;
    await assert.rejects(load(context, { "hello.ts": source }), {
      code: "APP_THREW",
      message: /^The promise that is exported as "app" was rejected\.\n.*hello\.ts:1:35: .*no database/,
    });
  });

  test("of a CommonJS module: module.exports, and its fields", async (context) => {
    assert.equal(await answer(context, { "hello.cjs": `module.exports = ${says("whole")};` }), "whole");
    const fields = { "hello.cjs": `const all = { app: ${says("field")} }; module.exports = all;` };
    assert.equal(await answer(context, fields), "field");
    assert.equal(await answer(context, fields, "hello:app"), "field");
  });

  test("of a compiled module: exports.default", async (context) => {
    const source = `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = ${says("compiled")};`;
    assert.equal(await answer(context, { "hello.cjs": source }), "compiled");
    assert.equal(
      await answer(context, {
        "hello.ts": `import app from "./old.cjs"; export default app;`,
        "old.cjs": source,
      }),
      "compiled",
    );
  });

  test("appInterface and upgrade are read off the module", async (context) => {
    const listener = `(a, b) => b.end ? b.end("node") : new Response("fetch")`;
    const source = `export default ${listener}; export const appInterface = "fetch";`;
    assert.equal(await answer(context, { "hello.ts": source }), "fetch");
    const wrong = { "hello.ts": `export default ${listener}; export const appInterface = "wsgi";` };
    await assert.rejects(load(context, wrong), { message: /wanted "fetch" or "node": got "wsgi"/ });
  });

  test("the file is told", async (context) => {
    const { app, file } = await load(
      context,
      { "web/index.mts": `import { Hono } from "hono"; export default new Hono();` },
      "web",
    );
    assert.equal(app.kind, "Hono");
    assert.match(file, /\/web\/index\.mts$/);
  });
});

/** What a project does wrong, and the advice it gets. */
const failures: Record<
  string,
  { files: Record<string, string>; module?: string; code: AppErrorCode; message: RegExp[] }
> = {
  "no such module": {
    files: { "hello.ts": "" },
    module: "helo",
    code: "APP_NOT_FOUND",
    message: [/Did you mean hello\.ts\?/],
  },
  "nothing exported": {
    files: { "hello.ts": "const app = 1;" },
    code: "APP_NO_EXPORT",
    message: [/wanted a default export: it exports nothing\. Write `export default app`\.$/],
  },
  "nothing usual exported": {
    files: { "hello.ts": "export const server = () => 1; export const port = 1;" },
    code: "APP_NO_EXPORT",
    message: [/it exports port, server\./],
  },
  "no such export": {
    files: { "hello.ts": "export const apps = () => 1;" },
    module: "hello:app",
    code: "APP_NO_EXPORT",
    message: [/Cannot find the export "app" in .*hello\.ts: it exports apps\. Did you mean apps\?/],
  },
  "no such export, of CommonJS": {
    files: { "hello.cjs": "const all = { server: 1 }; module.exports = all;" },
    module: "hello:app",
    code: "APP_NO_EXPORT",
    message: [/it exports default \{ server \}\. Write `export \{ app \}`/],
  },
  "no app exported": {
    files: { "hello.ts": "export default { port: 3000 };" },
    code: "APP_NOT_CALLABLE",
    message: [
      /Cannot use the export "default" of .*: wanted a fetch handler .*: got an object \(plain\) with port\./,
    ],
  },
  "a class exported": {
    files: { "hello.ts": "export default class Site { fetch() {} }" },
    code: "APP_NOT_CALLABLE",
    message: [/got the class Site \(export an instance of it\)/],
  },
  "a server of its own": {
    files: {
      "hello.ts": `import http from "node:http"; const server = http.createServer((q, r) => r.end()); server.listen(0, () => server.close());`,
    },
    code: "APP_NO_EXPORT",
    message: [/starts a server of its own \(listen\); here Portico listens: export the app instead/],
  },
  "an error thrown": {
    files: {
      "hello.ts":
        "const a = 1;\nfunction connect(): never {\n  throw new Error('no database');\n}\nconnect();\nexport default a;",
    },
    code: "APP_THREW",
    message: [
      /hello\.ts:3:9: Cannot load the app: Error: no database/,
      /> 3 \| {3}throw new Error\('no database'\);/,
    ],
  },
  "something else thrown": {
    files: { "hello.ts": "throw 'a string';" },
    code: "APP_THREW",
    message: [/it threw a string/],
  },
  "a SyntaxError thrown by the app": {
    files: { "hello.ts": "\nexport default JSON.parse('{');" },
    code: "APP_THREW",
    message: [/hello\.ts:2:21: Cannot load the app: SyntaxError:/],
  },
  "TypeScript that does not parse": {
    files: { "hello.ts": 'const a: string = "x";\n\nexport default function ( { return a;\n' },
    code: "APP_SYNTAX",
    message: [/hello\.ts:3:36: Cannot load the app: /, /> 3 \| export default function.*\n {4}\| {36}\^/],
  },
  "TypeScript that does not parse, in CommonJS": {
    files: { "hello.cts": "const a: string = ;\n" },
    code: "APP_SYNTAX",
    message: [/hello\.cts:1:19: /],
  },
  "JavaScript that does not parse": {
    files: { "hello.mjs": "const a = 1;\nexport default ( => a;\n" },
    code: "APP_SYNTAX",
    message: [/hello\.mjs:2:18: Cannot load the app: Unexpected token '=>'/, /\| {18}\^/],
  },
  "JavaScript that does not parse, in CommonJS": {
    files: { "hello.cjs": "const a = 1;\nmodule.exports = ( => a;\n" },
    code: "APP_SYNTAX",
    message: [/hello\.cjs:2:20: /],
  },
  "a name declared twice, which only the engine sees": {
    files: { "hello.ts": "const a: number = 1;\nlet a = 2;\nexport default a;\n" },
    code: "APP_SYNTAX",
    message: [/hello\.ts:2:5: .*already been declared/],
  },
  "a module two imports away that does not parse; nothing is run twice": {
    files: {
      "hello.ts": `import "./one.ts"; throw new Error("run");`,
      "one.ts": `import "./two.mjs"; throw new Error("run");`,
      "two.mjs": "let let = 1;",
    },
    code: "APP_SYNTAX",
    message: [/two\.mjs:1:5: /],
  },
  "an enum": {
    files: { "hello.ts": "export const a = 1;\n  export enum Colour { Red }\n" },
    code: "APP_SYNTAX",
    message: [
      /hello\.ts:2:10: .*enum is not supported/,
      /\^{19}\n/,
      /erasable syntax only\. Instead of an enum write a const object/,
    ],
  },
  "import in a CommonJS file": {
    files: { "hello.cjs": `import http from "node:http";\n` },
    code: "APP_SYNTAX",
    message: [/hello\.cjs:1:1: /, /name the file \.mts or \.mjs/],
  },
  "a named import that is not exported": {
    files: {
      "hello.ts": `import { b } from "./other.ts";\nexport default b;`,
      "other.ts": "export const a = 1;",
    },
    code: "APP_SYNTAX",
    message: [/hello\.ts:1:10: .*'\.\/other\.ts' does not provide an export named 'b'/, /import type/],
  },
  "a package that is not installed": {
    files: { "hello.ts": `\nimport x from "no-such-package/sub";\nexport default x;` },
    code: "APP_NOT_FOUND",
    message: [
      /hello\.ts:2: Cannot find the package "no-such-package"\. Run npm install no-such-package\./,
      /> 2 \| import x/,
    ],
  },
  "a package that is in package.json": {
    files: {
      "package.json": '{"type":"module","dependencies":{"@no-such/package":"1"}}',
      "hello.ts": `import "@no-such/package";`,
    },
    code: "APP_NOT_FOUND",
    message: [/the package "@no-such\/package"\. It is in package\.json: run npm install\./],
  },
  "a package that CommonJS requires": {
    files: { "hello.cjs": `require("no-such-package");` },
    code: "APP_NOT_FOUND",
    message: [/hello\.cjs:1: Cannot find the package "no-such-package"\. Run npm install no-such-package\./],
  },
  "a file without its extension": {
    files: {
      "hello.ts": `import x from "./lib/other";\nexport default x;`,
      "lib/other.ts": "export default 1;",
    },
    code: "APP_NOT_FOUND",
    message: [
      /hello\.ts:1: Cannot find "\.\/lib\/other"\. Node wants the file's whole name: write "\.\/lib\/other\.ts"\./,
    ],
  },
  "a file named .js that is .ts": {
    files: { "hello.ts": `import "./other.js";`, "other.ts": "" },
    code: "APP_NOT_FOUND",
    message: [/write "\.\/other\.ts"\./],
  },
  "a directory imported": {
    files: { "hello.ts": `import "./lib";`, "lib/index.ts": "" },
    code: "APP_NOT_FOUND",
    message: [/Cannot find "\.\/lib"\. Node wants the file's whole name: write "\.\/lib\/index\.ts"\./],
  },
  "a file misspelt": {
    files: { "hello.ts": `import "./othr.ts";`, "other.ts": "" },
    code: "APP_NOT_FOUND",
    message: [/Did you mean "\.\/other\.ts"\?/],
  },
  "a file that CommonJS requires": {
    files: { "hello.cjs": `require("./nothing");` },
    code: "APP_NOT_FOUND",
    message: [/Cannot find "\.\/nothing"/],
  },
  JSX: {
    files: { "hello.ts": `import "./view.tsx";`, "view.tsx": "export default <p/>;" },
    code: "APP_SYNTAX",
    message: [/Unknown file extension "\.tsx".*JSX has to be compiled first/],
  },
};

describe("what keeps an app from being loaded is told with advice", () => {
  for (const [name, { files, module, code, message }] of Object.entries(failures)) {
    test(name, async (context) => {
      const error = await load(context, files, module).then(
        () => assert.fail("it was loaded"),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof AppError, String(error));
      for (const pattern of message) assert.match(error.message, pattern);
      assert.equal(error.code, code);
    });
  }

  test("an app that listens but is exported too is loaded", async (context) => {
    const source = `import http from "node:http"; const server = http.createServer((q, r) => r.end()); server.listen(0, () => server.close()); export default server;`;
    assert.equal((await load(context, { "hello.ts": source })).app.kind, "http.Server");
  });
});
