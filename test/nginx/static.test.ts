import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

const skip = withoutNginx;
const app = ({ url }: IncomingMessage, response: ServerResponse): void => {
  const sent = /^\/download\/(.*)$/.exec(url ?? "")?.[1];
  if (sent !== undefined) response.setHeader("X-Accel-Redirect", `/private/${sent}`);
  response.end("from the app");
};

function files(directory: string): void {
  for (const name of ["dist/assets", "dist/.git", "dist/.well-known", "dist/sub", "dist-secret", "private"])
    mkdirSync(path.join(directory, name), { recursive: true });
  for (const [name, text] of [
    ["dist/index.html", "index"],
    ["dist/sub/index.html", "sub"],
    ["dist/page.html", "page"],
    ["dist/app.3f9ac51b.js", "hashed"],
    ["dist/assets/app-DiwrgTda.js", "vite"],
    ["dist/assets/my-calendar.js", "plain"],
    ["dist/jquery-1.12.4.js", "plain"],
    ["dist/big.css", "big"],
    ["dist/.env", "secret"],
    ["dist/.git/config", "secret"],
    ["dist/.well-known/x.txt", "known"],
    ["dist-secret/x.txt", "secret"],
    ["private/report.txt", "report"],
    ["icon.ico", "icon"],
  ] as const)
    writeFileSync(path.join(directory, name), text);
  writeFileSync(path.join(directory, "dist/big.css.gz"), gzipSync("packed"));
  symlinkSync(path.join(directory, "dist"), path.join(directory, "linked"));
}

/** The body of the answer to a request line that no client library would send. */
async function raw(port: number, target: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET ${target} HTTP/1.0\r\n\r\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}

test("what changes its name with its content is kept for a year, the rest as was set", {
  skip,
}, async (t) => {
  const site = await serveSite(
    t,
    [
      ["static", "/s = dist expires=1h"],
      ["static", "/auto = dist expires=auto"],
      ["static", "/none = dist"],
    ],
    app,
    { setUp: files },
  );
  const forever = "max-age=31536000, immutable";
  for (const [target, wanted] of [
    ["/s/app.3f9ac51b.js", forever],
    ["/s/assets/app-DiwrgTda.js", forever],
    ["/s/assets/my-calendar.js", "max-age=3600"],
    ["/s/jquery-1.12.4.js", "max-age=3600"],
    ["/auto/page.html", "no-cache"],
    ["/auto/app.3f9ac51b.js", forever],
    ["/none/page.html", undefined],
    ["/s/missing.js", undefined],
  ] as const) {
    const { headers, status } = await site.get(target);
    assert.deepEqual([status, headers["cache-control"]], [200, wanted], target);
  }
});

test("what has a dot in front is not there", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["static", "/s = dist"],
      ["static", "/ = dist index=index.html"],
    ],
    app,
    { setUp: files },
  );
  for (const target of ["/.env", "/s/.env", "/s/.git/config", "/%2eenv", "/s//.env", "/s/%2egit/config"])
    assert.equal((await site.get(target)).body, "from the app", target);
  assert.equal((await site.get("/.well-known/x.txt")).body, "known");
  assert.equal((await site.get("/")).body, "index");
  assert.equal((await site.get("/sub")).body, "sub");
});

test("no path leads out of the directory", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["static", "/s = dist"],
      ["throttle", "/s/assets 1000r/s"],
      ["send-files", "/private = private"],
    ],
    app,
    { setUp: files },
  );
  for (const target of [
    "/s../dist-secret/x.txt",
    "/s/../dist-secret/x.txt",
    "/s/%2e%2e/dist-secret/x.txt",
    "/s/..%2fdist-secret/x.txt",
    "/s-secret/x.txt",
    "/s/assets../../dist-secret/x.txt",
    "/s/assets/../../dist-secret/x.txt",
    "/s/assets/..%2f..%2fdist-secret/x.txt",
    "/s/....//dist-secret/x.txt",
    "/s/..\\dist-secret\\x.txt",
    "/private../private/report.txt",
    "/private/../private/report.txt",
  ]) {
    const answer = await raw(site.port, target);
    assert.doesNotMatch(answer, /secret\b(?!\/)|report/, target);
  }
});

test("a file beside it is sent packed, a fallback for what is missing", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["static", "/ = dist fallback=index.html precompressed=yes"],
      ["app", "/api /s/live"],
      ["static", "/s = dist fallback=none"],
      ["static", "/docs = dist index=index.html fallback=page.html"],
    ],
    app,
    { setUp: files },
  );
  const packed = await site.get("/big.css", { "Accept-Encoding": "gzip" });
  assert.deepEqual([packed.headers["content-encoding"], packed.headers.vary], ["gzip", "Accept-Encoding"]);
  assert.equal((await site.get("/big.css")).body, "big");
  assert.equal((await site.get("/any/route")).body, "index");
  for (const target of ["/api", "/api/x", "/s/live", "/s/live/x"])
    assert.equal((await site.get(target)).body, "from the app", target);
  assert.equal((await site.get("/s/none")).status, 404);
  assert.equal((await site.get("/docs/sub/")).body, "sub");
  assert.equal((await site.get("/docs/none")).body, "page");
  assert.equal((await site.get("/.env")).body, "index");
});

test("files that the app authorises are sent, and nobody gets them otherwise", { skip }, async (t) => {
  const site = await serveSite(t, [["send-files", "/private = private"]], app, { setUp: files });
  assert.equal((await site.get("/download/report.txt")).body, "report");
  assert.equal((await site.get("/private/report.txt")).status, 404);
});

test("favicon and robots need no app", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [
      ["favicon", "icon.ico"],
      ["robots", "none"],
    ],
    app,
    { setUp: files },
  );
  assert.equal((await site.get("/favicon.ico")).body, "icon");
  assert.equal((await site.get("/robots.txt")).body, "User-agent: *\nDisallow: /\n");
  const other = await serveSite(t, [["favicon", "none"]], app);
  assert.equal((await other.get("/favicon.ico")).status, 204);
});
