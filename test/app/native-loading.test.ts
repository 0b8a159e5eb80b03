import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";

const lightFetch = new URL("../../src/app/light-fetch.ts", import.meta.url).href;

/** Light classes are installed in a fresh node, then `code` runs; what it passes to `tell`. */
function tell(code: string): unknown {
  const program = `
    import assert from "node:assert/strict";
    const isLoaded = () => process.moduleLoadList.includes("NativeModule internal/deps/undici/undici");
    const defineProperties = Object.defineProperties;
    const { installLightFetch } = await import(${JSON.stringify(lightFetch)});
    const uninstall = installLightFetch();
    const tell = (value) => console.log(JSON.stringify(value));
    ${code}`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 }));
}

/** What makes node load its own classes; each leaves a native Response or light one made native in `made`. */
const CAUSES = {
  "a body that is a stream": 'const made = new Response(new Blob(["hi"]).stream());',
  "a fetch": 'const made = await fetch("data:,hi");',
  "an import of node:http": 'await import("node:http"); const made = await fetch("data:,hi");',
  "another lazy global, where the app has put its own FormData":
    'globalThis.FormData = class {}; const made = new Response(new Blob(["hi"]).stream());',
};

describe("node's own Fetch classes", () => {
  test("are not loaded for what light ones do by themselves", () => {
    const loaded = tell(`
      new Headers({ a: "b" }).append("c", "d");
      await new Response("hello", { status: 201, headers: { a: "b" } }).text();
      await Response.json({ a: 1 }).clone().json();
      tell(isLoaded());`);
    assert.equal(loaded, false);
  });

  for (const [cause, code] of Object.entries(CAUSES)) {
    test(`are met by light ones after ${cause}`, () => {
      const facts = tell(`${code}
        tell([
          isLoaded(),
          made instanceof Response,
          made.constructor === Response,
          made.headers instanceof Headers,
          await made.text(),
          new Request("http://a.example/", { mode: "cors" }).mode,
          Object.defineProperties === defineProperties,
        ]);`);
      assert.deepEqual(facts, [true, true, true, true, "hi", "cors", true]);
    });
  }

  test("are not mistaken for those of a package, made meanwhile", () => {
    const facts = tell(`
      const Own = { Response: class Response {} }.Response;
      Object.defineProperties(Own.prototype, { text: { value() { return "own"; } } });
      const before = isLoaded();
      const made = new Response(new Blob(["hi"]).stream());
      tell([before, await made.text(), Own.prototype instanceof Response, made instanceof Own]);`);
    assert.deepEqual(facts, [false, "hi", false, false]);
  });

  test("have no method that light ones lack until then", () => {
    const missing = tell(`
      const names = (value) => Object.entries(Object.getOwnPropertyDescriptors(value))
        .filter(([, { value }]) => typeof value === "function").map(([name]) => name);
      const light = [Headers, Request, Response].map(({ prototype }) => names(prototype));
      uninstall();
      const native = [Headers, Request, Response].map(({ prototype }) => names(prototype));
      tell(native.map((all, index) => all.filter((name) => !light[index].includes(name))));`);
    assert.deepEqual(missing, [[], [], []]);
  });

  test("are put back as they were, though they were never asked for", () => {
    const facts = tell(`
      const described = (name) => ({ ...Object.getOwnPropertyDescriptor(globalThis, name), value: 0 });
      const during = ["Headers", "Request", "Response", "fetch"].map(described);
      uninstall();
      const after = ["Headers", "Request", "Response", "fetch"].map(described);
      assert.deepEqual(during, after);
      tell([await new Response("a").text(), new Response().constructor === Response,
        Object.getPrototypeOf(Response.prototype) === Object.prototype]);`);
    assert.deepEqual(facts, ["a", true, true]);
  });
});
