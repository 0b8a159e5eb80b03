import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { contentTypeOf } from "../../src/app/content-types.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { serve, WAYS } from "./served.ts";

const ROOT = join(import.meta.dirname, "../..");
const APP = `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the app"]
`;

describe("static-map", { skip: !hasNginx() && "needs nginx" }, () => {
  it("is the same behind a hand-written site, from the worker, as over HTTP, from the router", async (t) => {
    const large = "0123456789".repeat(300_000);
    const dir = await projectWith(t, {
      "wsgi.py": APP,
      "public/a.css": "body {}",
      "public/large.txt": large,
      "secret.txt": "secret",
    });
    // Long enough ago for a strong tag.
    for (const file of ["a.css", "large.txt"]) utimesSync(join(dir, "public", file), 1e9, 1e9 + 0.123456);
    const served = await serve(
      ["--module", "wsgi:app", "--static-map", "/static=public", "--static-map", "/big=public/large.txt"],
      { dir, python: ["--plugin", "python3"] },
    );
    t.after(() => served.stop());
    const [worker, router] = WAYS.map((way) => served.client(way));
    const both = async (path: string, method = "GET", headers: string[] = []) => {
      const answers = await Promise.all([worker!, router!].map((one) => one.ask(path, { method, headers })));
      const [ours, theirs] = answers.map(({ headers, ...answer }) => {
        const { date: _, server: __, connection: ___, "keep-alive": ____, ...rest } = headers;
        // Ranges are the router's alone.
        const { "accept-ranges": _____, ...same } = rest;
        return { ...answer, headers: same };
      });
      return [ours!, theirs!] as const;
    };
    const [file, same] = await both("/static/a.css");
    assert.deepEqual(file, same);
    assert.equal(file.body, "body {}");
    const [tag] = file.headers["etag"]!;
    for (const [method, headers] of [
      ["HEAD", []],
      ["GET", ["If-None-Match", tag!]],
      ["GET", ["If-Modified-Since", file.headers["last-modified"]![0]!]],
    ] as const) {
      const [ours, theirs] = await both("/static/a.css", method, [...headers]);
      assert.deepEqual(ours, theirs);
      assert.deepEqual([ours.status, ours.body], [method === "HEAD" ? 200 : 304, ""]);
    }
    const [whole, alike] = await both("/big");
    assert.deepEqual(whole, alike);
    assert.equal(whole.body, large);
    for (const path of ["/static/none", "/static/%2e%2e/secret.txt", "/static/..%2fsecret.txt", "/static/"])
      for (const { status, body } of await both(path))
        assert.deepEqual([status, body], [200, "the app"], path);
    for (const { body } of await both("/static/a.css", "POST")) assert.equal(body, "the app");
  });
});

describe("the types of files", () => {
  it("are the same in Python as in node", () => {
    const program =
      "import json; from portico_worker import content_types as c; print(json.dumps({k.decode(): v for k, v in c._TYPES.items()}))";
    const types = JSON.parse(
      execFileSync("python3", ["-c", program], { cwd: join(ROOT, "python"), encoding: "utf8" }),
    ) as Record<string, string>;
    for (const [extension, type] of Object.entries(types)) assert.equal(contentTypeOf(`a${extension}`), type);
    const source = readFileSync(join(ROOT, "src/app/content-types.ts"), "utf8");
    const known = [...source.matchAll(/^ {2}"?(\.\w+)"?: "/gm)].map(([, extension]) => extension);
    assert.ok(known.length > 20);
    assert.deepEqual(Object.keys(types).sort(), known.sort());
  });
});
