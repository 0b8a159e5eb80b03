import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { removeSite } from "../../src/nginx/remove.ts";
import { findNginx } from "../../src/nginx/system.ts";
import { withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

const skip = withoutNginx;

test("remove takes away what was made for the site, and nothing of another's", { skip }, async (t) => {
  const pairs = [["self-signed", "true"] as const, ["cache", "1h"] as const];
  const site = await serveSite(t, pairs, (_, response) => response.end("hello"));
  const state = path.join(site.directory, "state");
  const { certificate, key } = site.site.selfSigned!;
  const elsewhere = path.join(site.directory, "elsewhere");
  const others = ["cache/portico_hello2", "cache/portico_hell", "acme"].map((name) => path.join(state, name));
  for (const folder of [...others, elsewhere]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "file"), "");
  }
  const [cache] = site.site.cacheFolders;
  symlinkSync(elsewhere, path.join(cache!, "link"));
  for (const file of [certificate, key, cache!]) assert.ok(existsSync(file), file);

  const confFile = path.join(site.directory, "nginx.conf");
  const results = await removeSite(findNginx({ confFile })!, "hello", {}, state);
  assert.equal(results.at(-1)?.step, "site's own");
  assert.equal(results.at(-1)?.outcome, "done");
  assert.ok(results.at(-1)!.detail.startsWith(`removed ${cache}, ${certificate}, ${key}; logs,`));
  for (const file of [certificate, key, cache!]) assert.ok(!existsSync(file), file);
  for (const folder of [...others, elsewhere]) assert.ok(existsSync(path.join(folder, "file")), folder);
  const again = await removeSite(findNginx({ confFile })!, "hello", {}, state);
  assert.equal(again.at(-1)?.outcome, "unchanged");
});
