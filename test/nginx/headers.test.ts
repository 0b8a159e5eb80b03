import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { until, withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

const skip = withoutNginx;

test("a preset says what the app does not say itself, in every location and on errors", {
  skip,
}, async (t) => {
  const site = await serveSite(
    t,
    [
      ["headers", "strict"],
      ["headers", "/embed off"],
      ["add-header", "/drafts X-Robots-Tag: noindex"],
      ["cache", "/api 10s"],
      ["throttle", "/api 1000r/s"],
    ],
    ({ url }: IncomingMessage, response: ServerResponse) => {
      if (url === "/own") response.setHeader("X-Frame-Options", "SAMEORIGIN");
      response.writeHead(url === "/missing" ? 404 : 200).end("x");
    },
  );
  for (const target of ["/", "/missing", "/api/x", "/drafts"]) {
    const { headers } = await site.get(target);
    assert.equal(headers["x-frame-options"], "DENY", target);
    assert.match(headers["content-security-policy"] as string, /default-src 'self'/);
    assert.equal(headers["server"], "nginx", "without its version");
    assert.equal(headers["x-robots-tag"], target === "/drafts" ? "noindex" : undefined);
  }
  assert.equal((await site.get("/api/x")).headers["x-cache"] !== undefined, true);
  assert.equal((await site.get("/own")).headers["x-frame-options"], "SAMEORIGIN");
  assert.equal((await site.get("/embed/x")).headers["x-frame-options"], undefined);
});

test("text is compressed for those who take it", { skip }, async (t) => {
  const site = await serveSite(t, [["gzip", "true"]], (_, response) =>
    response.setHeader("Content-Type", "application/json").end(JSON.stringify("x".repeat(5000))),
  );
  const { headers } = await site.get("/", { "Accept-Encoding": "gzip" });
  assert.deepEqual([headers["content-encoding"], headers.vary], ["gzip", "Accept-Encoding"]);
  assert.equal((await site.get("/")).headers["content-encoding"], undefined);
});

test("what this NGINX cannot do is left out with a word", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["brotli", "true"],
      ["zstd", "true"],
    ],
    (_, response) => response.end("x"),
    { nginx: { version: "1.22.1", modules: new Set() } },
  );
  assert.equal(site.site.notes.length, 2);
  assert.match(site.site.notes[0]!, /^brotli is left out of the site: this NGINX has no module for it/);
  assert.equal((await site.get()).status, 200);
});

test("every request has an id that no client chose", { skip }, async (t) => {
  const site = await serveSite(t, [["request-id", "true"]], ({ headers }, response) =>
    response.end(headers["x-request-id"]),
  );
  const { headers, body } = await site.get("/", { "X-Request-ID": "chosen" });
  assert.match(body, /^[\da-f]{32}$/);
  assert.equal(headers["x-request-id"], body);
});

test("the log tells times, worker and cache state", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["access-log", "own.log"],
      ["cache", "10s"],
      ["status-path", "/_nginx"],
    ],
    (_, response) => response.end("x"),
  );
  await site.get("/a?b");
  const log = path.join(site.directory, "own.log");
  await until("the line is there", () => readFileSync(log, "utf8").endsWith("\n"));
  assert.match(
    readFileSync(log, "utf8"),
    /"GET \/a\?b HTTP\/1\.1" 200 1 "-" "-" time=[\d.]+ app=[\d.]+ connect=[\d.]+ worker=unix:\S+ cache=MISS id=[\da-f]{32}\n$/,
  );
  assert.match((await site.get("/_nginx")).body, /^Active connections: \d/);
});

test("the log as JSON stays JSON, whatever a client sends", { skip }, async (t) => {
  const site = await serveSite(t, [["access-log", "own.log format=json"]], (_, response) =>
    response.end("x"),
  );
  await site.get("/%22?a=%22", { "User-Agent": 'x"\\,"status":"666' });
  const log = path.join(site.directory, "own.log");
  await until("the line is there", () => readFileSync(log, "utf8").endsWith("\n"));
  const line = JSON.parse(readFileSync(log, "utf8"));
  assert.deepEqual([line.status, line.agent, line.uri], ["200", 'x"\\,"status":"666', "/%22?a=%22"]);
});

test("limits and buffering are by path", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["client-max-body-size", "1k"],
      ["client-max-body-size", "/upload 10k"],
    ],
    (_, response) => response.end("x"),
  );
  const big = { "Content-Length": "5000", Expect: "100-continue" };
  assert.equal((await site.get("/", big)).status, 413);
  assert.notEqual(
    (await site.get("/upload", { "Content-Length": "50000" }).catch(() => ({ status: 0 }))).status,
    200,
  );
});
