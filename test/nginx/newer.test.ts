import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:http2";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { brotliDecompressSync } from "node:zlib";
import { installSite } from "../../src/nginx/install.ts";
import { prepareSite } from "../../src/nginx/prepare.ts";
import { printSite } from "../../src/nginx/print.ts";
import { createSite } from "../../src/nginx/site.ts";
import { newerNginx, noNewerNginx } from "../support/newer-nginx.ts";
import { backend, freePort, privateSiteNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";
import { settings, siteInput } from "./site-input.ts";

/** What Debian 12's NGINX has not, on Debian 13's, asked by a client that speaks it. */
const skip = noNewerNginx;

const TEXT = "All work and no play makes a dull answer. ".repeat(200);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let size = 0;
  for await (const chunk of request) size += (chunk as Buffer).length;
  if (request.url === "/text") response.setHeader("Content-Type", "text/plain").end(TEXT);
  else response.end(JSON.stringify({ ...request.headers, size }));
}

async function curl(...args: string[]): Promise<Buffer> {
  const { stdout } = await promisify(execFile)(newerNginx().curl, ["-sS4", "--max-time", "20", ...args], {
    encoding: "buffer",
  });
  return stdout;
}

describe("a newer NGINX", { skip }, () => {
  test("speaks HTTP/3 to who asks by it, and tells the others that it does", async (t) => {
    const site = await serveSite(
      t,
      [
        ["self-signed", "true"],
        ["http3", "true"],
        ["client-max-body-size", "1m"],
      ],
      answer,
      { other: newerNginx() },
    );
    assert.deepEqual(site.site.notes, []);
    const url = `https://localhost:${site.port}/`;
    const trusting = ["--cacert", site.site.selfSigned!.certificate, "-w", "\n%{http_version} %{http_code}"];
    const [body, version] = String(await curl("--http3-only", ...trusting, url)).split("\n");
    assert.equal(version, "3 200");
    const headers = JSON.parse(body!);
    assert.equal(headers["x-forwarded-proto"], "https");
    assert.equal(headers.host, `localhost:${site.port}`);

    const file = join(site.directory, "body");
    writeFileSync(file, Buffer.alloc(300_000, "x"));
    const forged = ["-H", "X-Real-IP: 1.2.3.4", "-H", "X-Forwarded-Proto: http"];
    const posted = String(
      await curl("--http3-only", ...trusting, ...forged, "--data-binary", `@${file}`, url),
    );
    assert.equal(JSON.parse(posted.split("\n")[0]!).size, 300_000);
    assert.match(posted, /"x-forwarded-proto":"https","x-real-ip":"127\.0\.0\.1"/);
    // Of a length that is refused: nothing of it is on its way when the answer comes, which curl takes for an error.
    const large = ["-H", "Content-Length: 2000000", "--data-binary", "x"];
    assert.match(String(await curl("--http3-only", ...trusting, ...large, url)), /\n3 413$/);

    // As a browser comes to it: by HTTP/2 first, then as Alt-Svc has told it.
    const known = ["--alt-svc", join(site.directory, "alt-svc"), ...trusting, url];
    assert.match(String(await curl("--http2", ...known)), /\n2 200$/);
    assert.match(String(await curl(...known)), /\n3 200$/);
  });

  test("speaks it for two sites on one port, the second of which says its listens", async (t) => {
    const newer = newerNginx();
    const own = privateSiteNginx(t, newer);
    const port = String(await freePort());
    const state = { runtimeFolder: join(own.directory, "run"), stateFolder: join(own.directory, "state") };
    const install = async (name: string, ...listen: string[]) => {
      const pairs = [
        ...listen.map((line) => ["listen", line] as const),
        ["server-name", `${name}.localhost`],
      ];
      const all = [...pairs, ["self-signed", "true"], ["http3", "true"]] as [string, string][];
      const input = { name, hasIpv6: false, nginx: own.nginx, chdir: own.directory, ...state };
      const upstream = { wire: "http" as const, sockets: [`${name}.sock`] };
      const site = createSite(siteInput({ ...input, upstream, settings: settings(...all) }));
      await prepareSite(site);
      return (await installSite(own.nginx, printSite(site), name)).find(
        ({ outcome }) => outcome === "failed",
      );
    };
    for (const name of ["one", "two"])
      await backend(t, join(own.directory, `${name}.sock`), (_, response) => void response.end(name));
    assert.equal(await install("one", port), undefined);
    const refused = await install("two", port);
    assert.match(refused?.detail ?? "", new RegExp(`duplicate listen options[^]*"listen = ${port} quic"`));
    assert.equal(await install("two", `${port} ssl`, `${port} quic`), undefined);
    for (const name of ["one", "two"]) {
      const resolve = ["--resolve", `${name}.localhost:${port}:127.0.0.1`];
      assert.equal(
        String(await curl("--http3-only", "-k", ...resolve, `https://${name}.localhost:${port}/`)),
        name,
      );
    }
  });

  test("speaks HTTP/2 by the directive that it has for it", async (t) => {
    const site = await serveSite(t, [["self-signed", "true"]], answer, { other: newerNginx() });
    const session = connect(`https://localhost:${site.port}`, { rejectUnauthorized: false });
    t.after(() => session.destroy());
    const stream = session.request({ ":path": "/" });
    const status = await new Promise((resolve, reject) => {
      session.once("error", reject);
      stream.once("response", (fields) => resolve(fields[":status"]));
    });
    assert.equal(status, 200);
  });

  test("compresses with Brotli for who takes it", async (t) => {
    const newer = newerNginx();
    const site = await serveSite(
      t,
      [
        ["brotli", "true"],
        ["gzip", "true"],
      ],
      answer,
      { other: { ...newer, load: [newer.module("http_brotli_filter")] } },
    );
    assert.deepEqual(site.site.notes, []);
    const url = `http://127.0.0.1:${site.port}/text`;
    const head = ["-D", join(site.directory, "head")];
    const packed = await curl(...head, "-H", "Accept-Encoding: gzip, br", url);
    assert.ok(packed.length < TEXT.length / 4);
    assert.equal(String(brotliDecompressSync(packed)), TEXT);
    const { headers } = await site.get("/text", { "Accept-Encoding": "br" });
    assert.equal(headers["content-encoding"], "br");
    assert.match(headers.vary ?? "", /Accept-Encoding/i);
    assert.equal(
      (await site.get("/text", { "Accept-Encoding": "gzip" })).headers["content-encoding"],
      "gzip",
    );
    assert.equal((await site.get("/text")).body, TEXT);
  });
});
