import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { check } from "../../../src/nginx/check/check.ts";
import { printFindings } from "../../../src/nginx/check/print.ts";
import { siteTree } from "../../../src/nginx/check/site-tree.ts";
import { dumpSource } from "../../../src/nginx/check/source.ts";

const corpus = join(import.meta.dirname, "../../corpus/nginx");
const CONF = "/etc/nginx/nginx.conf";
const SOURCE = dumpSource(
  new Map([
    [
      "/etc/nginx/uwsgi_params",
      "uwsgi_param REQUEST_METHOD $request_method; uwsgi_param REQUEST_URI $request_uri;",
    ],
    [CONF, "worker_processes auto; events { worker_connections 4096; } http { server_tokens off; }"],
  ]),
  "/etc/nginx",
);
const FACTS = {
  cannotReach: () => undefined,
  nobodyListens: () => undefined,
  openFiles: 1_048_576,
  app: undefined,
};

function findingsOf(text: string) {
  const { nodes, files } = siteTree(SOURCE, CONF, "/site.conf", text);
  return check(nodes, FACTS).filter(({ file }) => files!.has(file));
}

describe("sites as people write them", () => {
  const texts = readdirSync(corpus)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => [name, readFileSync(join(corpus, name), "utf8")] as const);

  for (const [name, text] of texts)
    it(name, () => {
      const [, expected = ""] = /^# expect: (.*)$/m.exec(text) ?? [];
      const found = findingsOf(text);
      const rules = found.map(({ rule, line }) => `${rule}:${line}`);
      assert.deepEqual(rules.sort(), expected.split(" ").sort(), printFindings(found));
    });

  it("cut off anywhere, or with anything in the place of a byte, are read without an error", () => {
    for (const [, text] of texts)
      for (let at = 0; at < text.length; at += 29) {
        findingsOf(text.slice(0, at));
        for (const odd of ["}", "{", ";", '"', "\\", "#", "$", "\0"])
          findingsOf(text.slice(0, at) + odd + text.slice(at + 1));
      }
  });
});
