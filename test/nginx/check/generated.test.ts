import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { check } from "../../../src/nginx/check/check.ts";
import { printFindings } from "../../../src/nginx/check/print.ts";
import { siteTree } from "../../../src/nginx/check/site-tree.ts";
import { dumpSource } from "../../../src/nginx/check/source.ts";

const golden = join(import.meta.dirname, "../../golden/nginx");
const CONF = "/etc/nginx/nginx.conf";
const MACHINE = new Map([
  [CONF, "worker_processes auto; events { worker_connections 4096; } http { server_tokens off; }"],
]);

/** Settings of users' own in the golden files, which are theirs to have. */
const ON_PURPOSE = new Set(["http2", "streaming"]);

describe("the sites that Portico writes", () => {
  for (const name of readdirSync(golden))
    it(`have nothing that the check would find: ${name}`, () => {
      const text = readFileSync(join(golden, name), "utf8");
      const source = dumpSource(MACHINE, "/etc/nginx");
      const { nodes } = siteTree(source, CONF, "/etc/nginx/sites-enabled/hello", text);
      const found = check(nodes, {
        cannotReach: () => undefined,
        nobodyListens: () => undefined,
        openFiles: 1_048_576,
        app: undefined,
      });
      const grave = found.filter(({ severity, rule }) => severity !== "advice" && !ON_PURPOSE.has(rule));
      assert.equal(printFindings(grave), "");
    });
});
