import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { freePort } from "../support/free-port.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { type PrivateNginx, startNginx } from "../support/private-nginx.ts";

const run = promisify(execFile);

/** Files from the real program, fetched with curl: byte for byte, directly and through NGINX by every wire. */
const large = randomBytes(3_000_001);
const PARAMS = [
  ["REQUEST_METHOD", "$request_method"],
  ["REQUEST_URI", "$request_uri"],
  ["QUERY_STRING", "$query_string"],
  ["SERVER_PROTOCOL", "$server_protocol"],
  ["HTTP_HOST", "$http_host"],
] as const;

const wires = ["http", "uwsgi", "fastcgi"] as const;

let dir: string;
let portico: RunningPortico;
let nginx: PrivateNginx;
let targets: Map<string, string>;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "portico-static-"));
  await chmod(dir, 0o755);
  const files = join(dir, "files");
  mkdirSync(join(files, "docs"), { recursive: true });
  writeFileSync(join(files, "large.bin"), large);
  writeFileSync(join(files, "docs/index.html"), "<p>index");
  writeFileSync(join(files, "a.css"), "body {}");
  writeFileSync(join(files, "a.css.br"), brotliCompressSync("body {}"));
  writeFileSync(join(dir, "app.mjs"), `export default () => new Response("the app's");`);
  portico = await startPortico({
    dir,
    args: [
      ...["app.mjs", "--processes", "1", "--http-socket", "127.0.0.1:0", "--http-socket", "http.sock"],
      ...["--socket", "uwsgi.sock", "--fastcgi-socket", "fastcgi.sock", "--vacuum"],
      ...["--static-map", "/files=files", "--static-index", "index.html", "--static-gzip-all"],
      ...["--static-expires", ".* 3600"],
    ],
  });
  const ports = await Promise.all(wires.map(freePort));
  nginx = await startNginx({ http: wires.map((wire, at) => site(wire, ports[at]!)).join("\n") });
  targets = new Map([["HTTP direct", `http://127.0.0.1:${portico.port}`]]);
  for (const [at, wire] of wires.entries())
    targets.set(`${wire} through NGINX`, `http://127.0.0.1:${ports[at]}`);
});

after(async () => {
  await nginx?.stop();
  await portico?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A server that passes everything on, and compresses whatever is not. */
function site(wire: (typeof wires)[number], port: number): string {
  const parameters = PARAMS.map(([name, value]) => `${wire}_param ${name} ${value};`).join(" ");
  const to = `unix:${join(dir, `${wire}.sock`)}`;
  const pass =
    wire === "http"
      ? `proxy_http_version 1.1; proxy_pass http://${to}:;`
      : `${wire}_pass ${to}; ${parameters}`;
  return `server { listen 127.0.0.1:${port}; gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *; location / { ${pass} } }`;
}

/** What curl gets for a path: the status, the fields in lower case, the bytes as they came. */
async function get(target: string, path: string, ...args: string[]) {
  const { stdout } = await run("curl", ["-sS", "-i", ...args, targets.get(target)! + path], {
    encoding: "buffer",
    maxBuffer: 10_000_000,
  });
  const end = stdout.indexOf("\r\n\r\n");
  const [first, ...lines] = stdout.subarray(0, end).toString("latin1").split("\r\n");
  const fields = new Map(
    lines.map((line) => [line.split(":")[0]!.toLowerCase(), line.replace(/^[^:]*: /, "")]),
  );
  return { status: Number(first!.split(" ")[1]), fields, body: stdout.subarray(end + 4) };
}

for (const target of ["HTTP direct", ...wires.map((wire) => `${wire} through NGINX`)]) {
  describe(`files over ${target}`, () => {
    test("whole", async () => {
      const { status, fields, body } = await get(target, "/files/large.bin");
      assert.equal(status, 200);
      assert.ok(body.equals(large));
      assert.ok(Date.parse(fields.get("expires")!) > Date.now());
    });

    test("whole to a client that reads slowly", async () => {
      const { body } = await get(target, "/files/large.bin", "--limit-rate", "6M");
      assert.ok(body.equals(large));
    });

    test("in ranges", async () => {
      for (const [range, from, to] of [
        ["0-0", 0, 0],
        ["1000-2500000", 1000, 2_500_000],
        ["-4000", 2_996_001, 3_000_000],
      ] as const) {
        const { status, fields, body } = await get(target, "/files/large.bin", "-r", range);
        assert.equal(status, 206);
        assert.equal(fields.get("content-range"), `bytes ${from}-${to}/3000001`);
        assert.ok(body.equals(large.subarray(from, to + 1)), range);
      }
      assert.equal((await get(target, "/files/large.bin", "-r", "3000001-")).status, 416);
    });

    test("in several ranges at once", async () => {
      const { status, fields, body } = await get(target, "/files/large.bin", "-r", "5-9,100-2000000,-7");
      assert.equal(status, 206);
      const boundary = `--${fields.get("content-type")!.split("boundary=")[1]}`;
      const head = (range: string) =>
        `${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${range}/3000001\r\n\r\n`;
      assert.ok(
        body.equals(
          Buffer.concat([
            Buffer.from(head("5-9")),
            large.subarray(5, 10),
            Buffer.from(`\r\n${head("100-2000000")}`),
            large.subarray(100, 2_000_001),
            Buffer.from(`\r\n${head("2999994-3000000")}`),
            large.subarray(-7),
            Buffer.from(`\r\n${boundary}--\r\n`),
          ]),
        ),
      );
    });

    test("compressed beforehand, once", async () => {
      const { fields, body } = await get(target, "/files/a.css", "-H", "Accept-Encoding: gzip, br");
      assert.deepEqual(
        [fields.get("content-encoding"), fields.get("vary")?.toLowerCase()],
        ["br", "accept-encoding"],
      );
      assert.ok(body.equals(brotliCompressSync("body {}")));
    });

    test("with conditions, and no head alone where it is asked for", async () => {
      const { fields } = await get(target, "/files/large.bin", "-r", "0-0");
      // What has just been made has a weak tag, which no range goes by.
      const tag = fields.get("etag")!;
      assert.equal((await get(target, "/files/large.bin", "-H", `If-None-Match: ${tag}`)).status, 304);
      assert.equal((await get(target, "/files/large.bin", "-H", 'If-Match: "x"')).status, 412);
      const head = await get(target, "/files/large.bin", "-I");
      assert.deepEqual(
        [head.status, head.fields.get("content-length"), head.body.length],
        [200, "3000001", 0],
      );
    });

    test("an index, and the app for what is no file", async () => {
      assert.equal((await get(target, "/files/docs/")).body.toString(), "<p>index");
      for (const path of [
        "/files/none",
        "/files/%2e%2e/app.ts",
        "/files/..%2fapp.ts",
        "/files/..%5capp.ts",
        "/app.ts",
      ])
        assert.equal((await get(target, path, "--path-as-is")).body.toString(), "the app's", path);
    });
  });
}
