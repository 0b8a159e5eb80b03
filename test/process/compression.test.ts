import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { type PrivateNginx, startNginx } from "../support/private-nginx.ts";

const run = promisify(execFile);

/** http-auto-gzip in the real program: apps of both kinds, read with curl, directly and through NGINX. */
const PAGE = "a line of text, again and again\n".repeat(1_000);
const APPS = {
  "a fetch handler": [
    "app.mjs",
    `const page = "a line of text, again and again\\n".repeat(1000);
     const headers = { "content-type": "text/plain", etag: '"a"' };
     export default ({ url }) =>
       new URL(url).pathname === "/stream"
         ? new Response(ReadableStream.from([page.slice(0, 9), page.slice(9)].map((text) => new TextEncoder().encode(text))), { headers })
         : new Response(new URL(url).pathname === "/little" ? "little" : page, { headers });`,
  ],
  "a node listener": [
    "app.mjs",
    `const page = "a line of text, again and again\\n".repeat(1000);
     export default (req, res) => {
       res.setHeader("content-type", "text/plain");
       res.setHeader("etag", '"a"');
       if (req.url === "/little") return res.setHeader("content-length", 6).end("little");
       res.write(page.slice(0, 9));
       res.end(page.slice(9));
     };`,
  ],
  "a WSGI app, through the router": [
    "app.py",
    `PAGE = b"a line of text, again and again\\n" * 1000
def application(environ, start_response):
    body = b"little" if environ["PATH_INFO"] == "/little" else PAGE
    headers = [("Content-Type", "text/plain"), ("ETag", '"a"')]
    if environ["PATH_INFO"] != "/stream":
        headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [body[:9], body[9:]]
`,
  ],
} as const;

for (const [name, [file, source]] of Object.entries(APPS)) {
  describe(`compression: ${name}`, () => {
    let dir: string;
    let portico: RunningPortico;
    let nginx: PrivateNginx;
    let direct: string;
    let front: string;

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), "portico-gzip-"));
      await chmod(dir, 0o755);
      writeFileSync(join(dir, file), source);
      portico = await startPortico({
        dir,
        args: [file, "--processes", "1", "--http-socket", "127.0.0.1:0", "--http-auto-gzip", "--vacuum"],
      });
      direct = `http://127.0.0.1:${portico.port}`;
      const port = await freePort();
      front = `http://127.0.0.1:${port}`;
      const gzip = "gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;";
      nginx = await startNginx({
        http: `server { listen 127.0.0.1:${port}; ${gzip} location / { proxy_http_version 1.1; proxy_pass ${direct}; } }`,
      });
    });
    after(async () => {
      await nginx?.stop();
      await portico?.stop();
      await rm(dir, { recursive: true, force: true });
    });

    /** The head, and the body as curl decodes it, with the bytes that came. */
    async function get(url: string, coding: string, ...args: string[]) {
      const { stdout } = await run("curl", [
        ...["-sS", "-i", "--compressed", "-H", `Accept-Encoding: ${coding}`, "-w", "\n%{size_download}"],
        ...[...args, url],
      ]);
      const end = stdout.indexOf("\r\n\r\n");
      const size = stdout.lastIndexOf("\n");
      return {
        head: stdout.slice(0, end),
        body: stdout.slice(end + 4, size),
        size: Number(stdout.slice(size + 1)),
      };
    }

    for (const coding of ["gzip", "br"]) {
      test(`in ${coding}, its length known and not`, async () => {
        for (const path of ["/", "/stream"]) {
          const { head, body, size } = await get(direct + path, coding);
          assert.match(head, new RegExp(`^content-encoding: ${coding}\r?$`, "im"), path);
          assert.match(head, /^vary: accept-encoding\r?$/im);
          assert.match(head, /^etag: W\/"a"\r?$/im);
          assert.equal(body, PAGE);
          assert.ok(size < 1_000, `${size} bytes`);
        }
      });
    }

    test("not what is little, nor for a client that takes none", async () => {
      assert.doesNotMatch((await get(`${direct}/little`, "gzip")).head, /content-encoding/i);
      const { head, body } = await get(direct, "identity");
      assert.doesNotMatch(head, /content-encoding/i);
      assert.equal(body, PAGE);
    });

    test("HEAD has no body", async () => {
      const { size } = await get(direct, "gzip", "-I");
      assert.equal(size, 0);
    });

    test("once, where NGINX would do it too", async () => {
      const { head, body } = await get(front, "gzip");
      assert.equal(head.match(/^content-encoding: gzip\r?$/gim)?.length, 1);
      assert.equal(body, PAGE);
    });
  });
}
