import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import type { Answer, HttpClient } from "../support/http-client.ts";
import { poll } from "../support/poll.ts";
import { hasNginx } from "../support/private-nginx.ts";
import { PYTHON_APPS } from "../support/python-env.ts";
import { ALL_WAYS, KEPT, type Served, serve } from "./served.ts";

/** Each app does the same; where the frameworks differ of themselves, how. */
const FRAMEWORKS = [
  {
    name: "Flask",
    args: ["--module", "flask_site:app"],
    ranges: true,
  },
  { name: "Django", args: ["--wsgi-file", "django_site.py"], ranges: false },
];

const css = readFileSync(join(PYTHON_APPS, "static/site.css"), "utf8");
const FORM = ["Content-Type", "application/x-www-form-urlencoded"];
const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const pairs = ({ headers }: Answer): string =>
  (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");

for (const { name, args, ranges } of FRAMEWORKS)
  describe(name, { skip: !hasNginx() && "needs nginx", concurrency: true }, () => {
    const folder = mkdtempSync(join(tmpdir(), "portico-files-"));
    const file = join(folder, "données.bin");
    const content = randomBytes(3_000_000);
    let served: Served;
    before(async () => {
      writeFileSync(file, content);
      mkdirSync(join(folder, "sessions"));
      served = await serve([...args, "--processes", "2"], {
        env: { DOWNLOAD: file, SESSIONS: join(folder, "sessions") },
        kept: true,
      });
    });
    after(async () => {
      await served?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    for (const way of ALL_WAYS)
      describe(`behind ${way}`, () => {
        let client: HttpClient;
        before(() => {
          client = served.client(way);
        });

        it("answers GET and HEAD alike, HEAD without a body", async () => {
          const get = await client.ask("/");
          assert.deepEqual([get.status, get.reason, get.body], [200, "OK", "Hello, World!"]);
          assert.match(get.headers["content-type"]![0]!, /^text\/html; charset=utf-8$/);
          const head = await client.ask("/", { method: "HEAD" });
          assert.deepEqual([head.status, head.body], [200, ""]);
          assert.deepEqual(head.headers["content-type"], get.headers["content-type"]);
        });

        it("reads paths and queries in UTF-8", async () => {
          assert.equal((await client.ask("/hello/J%C3%BCrgen%20%E6%97%A5")).body, "Hello, Jürgen 日!");
          const { body } = await client.ask("/query?a=1&a=%C3%A9+%26&b=&c=%2F");
          assert.deepEqual(JSON.parse(body), { a: ["1", "é &"], b: [""], c: ["/"] });
        });

        it("reads forms", async () => {
          const body = "name=J%C3%BCrgen&tag=a&tag=b+c&empty=";
          const answer = await client.ask("/form", { method: "POST", headers: FORM, body });
          assert.deepEqual(JSON.parse(answer.body), { name: ["Jürgen"], tag: ["a", "b c"], empty: [""] });
        });

        for (const size of [0, 1_000, 2_500_000])
          it(`takes an upload of ${size} bytes`, async () => {
            const data = new FormData();
            const sent = randomBytes(size);
            data.set("note", "für später");
            data.set("file", new Blob([sent], { type: "application/x-test" }), "bericht.bin");
            const url = `http://127.0.0.1:${served.port(way)}/upload`;
            const answer = await (await fetch(url, { method: "POST", body: data })).json();
            const told = { name: "bericht.bin", type: "application/x-test", note: "für später" };
            assert.deepEqual(answer, { ...told, size, sha256: sha256(sent) });
          });

        it("takes a chunked body", {
          skip: name === "Django" && way !== "NGINX uwsgi_pass" && "Django reads by Content-Length alone",
        }, async () => {
          const parts = [randomBytes(10), randomBytes(100_000), randomBytes(1)];
          async function* body() {
            yield* parts;
          }
          const headers = ["Content-Type", "application/octet-stream"];
          const answer = await client.ask("/body", { method: "POST", headers, body: body() });
          assert.equal(answer.body, `100011 ${sha256(Buffer.concat(parts))}`);
        });

        it("answers a body that nobody reads, and the connection goes on", async () => {
          const body = randomBytes(500_000);
          const headers = ["Content-Type", "application/octet-stream"];
          assert.equal((await client.ask("/missing", { method: "POST", headers, body })).status, 404);
          assert.equal((await client.ask("/")).status, 200);
        });

        it("keeps sessions, each user's own, whichever worker answers", async () => {
          const login = async (user: string): Promise<string> => {
            const answer = await client.ask("/login", {
              method: "POST",
              headers: FORM,
              body: `user=${user}`,
            });
            assert.equal(answer.status, 302);
            assert.match(answer.headers.location![0]!, /^(http:\/\/[^/]+)?\/me$/);
            return pairs(answer);
          };
          let [ada, bob] = await Promise.all([login("ada"), login("bob")]);
          for (let visit = 1; visit <= 3; visit++) {
            const answer = await client.ask("/me", { headers: ["Cookie", ada!] });
            assert.equal(answer.body, `ada, visit ${visit}`);
            ada = pairs(answer) || ada;
          }
          const bobs = await client.ask("/me", { headers: ["Cookie", bob!] });
          assert.equal(bobs.body, "bob, visit 1");
          bob = pairs(bobs) || bob;
          assert.equal((await client.ask("/me")).status, 403);
          const out = await client.ask("/logout", { method: "POST", headers: ["Cookie", bob!] });
          assert.equal(out.status, 302);
          assert.equal((await client.ask("/me", { headers: ["Cookie", pairs(out)] })).status, 403);
        });

        it("passes cookies both ways", async () => {
          const { body, headers } = await client.ask("/cookies", { headers: ["Cookie", "b=2; a=1"] });
          assert.equal(body, "a=1, b=2");
          assert.equal(headers["set-cookie"]!.length, 2);
          assert.match(headers["set-cookie"]![0]!, /^one=1; HttpOnly; Path=\/$/);
          assert.match(headers["set-cookie"]![1]!, /^two=2;.*Max-Age=60;.*SameSite=Lax$/);
        });

        it("streams: the first part is there before the last is made", async () => {
          const until = join(folder, `go-${way.replace(/\W/g, "")}`);
          const response = await client.open(`/stream?until=${encodeURIComponent(until)}`);
          const [first] = (await once(response, "data")) as [Buffer];
          assert.equal(first.toString(), "first\n");
          writeFileSync(until, "");
          assert.equal(await text(response), "last\n");
        });

        it("sends files whole, and their names", async () => {
          const response = await client.open("/download");
          const parts: Buffer[] = [];
          for await (const part of response) parts.push(part as Buffer);
          assert.equal(response.headers["content-length"], String(content.length));
          assert.equal(sha256(Buffer.concat(parts)), sha256(content));
          assert.match(response.headers["content-disposition"]!, /filename\*=utf-8''donn%C3%A9es\.bin/i);
        });

        it("serves static files, and says when they have not changed", async () => {
          const { status, headers, body } = await client.ask("/static/site.css");
          assert.deepEqual([status, body], [200, css]);
          assert.match(headers["content-type"]![0]!, /^text\/css/);
          const since = ["If-Modified-Since", headers["last-modified"]![0]!];
          const again = await client.ask("/static/site.css", { headers: since });
          assert.deepEqual([again.status, again.body], [304, ""]);
          // NGINX resolves the dots; where the app gets them it refuses.
          const outside = await client.ask("/static/../flask_site.py");
          assert.ok(outside.status === 404 || outside.status === 400, String(outside.status));
          if (!ranges) return;
          const part = await client.ask("/static/site.css", { headers: ["Range", "bytes=0-3"] });
          assert.deepEqual(
            [part.status, part.body, part.headers["content-range"]],
            [206, "body", [`bytes 0-3/${css.length}`]],
          );
        });

        it("has the app's own page for 404, refuses other methods, and hides what failed", async () => {
          const missing = await client.ask("/missing");
          assert.deepEqual([missing.status, missing.body], [404, "<h1>our own 404</h1>"]);
          assert.equal((await client.ask("/form")).status, 405);
          const failed = await client.ask("/fail");
          assert.equal(failed.status, 500);
          assert.doesNotMatch(failed.body, /this view fails|Traceback/);
          assert.equal((await client.ask("/")).status, 200);
          await served.instance(way).said("RuntimeError: this view fails");
        });
      });
  });

describe("a bare app between wsgiref's validator and the worker", { concurrency: true }, () => {
  let served: Served;
  before(async () => {
    served = await serve(["--module", "bare", "--callable", "app", "--processes", "2"], { kept: true });
  });
  after(async () => {
    await served?.stop();
    assert.match(served.portico.stderr(), / router\[\d+\]: .*GET \/late: .*cut off/);
    assert.doesNotMatch(served.portico.stderr(), /AssertionError|WSGIWarning/);
  });

  for (const way of ALL_WAYS)
    describe(`behind ${way}`, () => {
      let client: HttpClient;
      before(() => {
        client = served.client(way);
      });

      it("gets an environ that is right", async () => {
        const { body } = await client.ask("/facts?a=%20b", { headers: ["X-One", "1", "X-One", "2"] });
        const facts = JSON.parse(body) as Record<string, string>;
        const wanted = {
          REQUEST_METHOD: "GET",
          PATH_INFO: "/facts",
          SCRIPT_NAME: "",
          QUERY_STRING: "a=%20b",
          REMOTE_ADDR: "127.0.0.1",
          SERVER_PROTOCOL: "HTTP/1.1",
          HTTP_X_ONE: "1, 2",
          "wsgi.url_scheme": "http",
          "wsgi.multithread": "False",
          "wsgi.multiprocess": "True",
          "wsgi.run_once": "False",
        };
        assert.deepEqual({ ...facts, ...wanted }, facts);
      });

      it("reads a body in pieces to its end, with a length and chunked", async () => {
        const data = randomBytes(300_000);
        async function* chunks() {
          for (let at = 0; at < data.length; at += 70_000) yield data.subarray(at, at + 70_000);
        }
        const headers = ["Content-Type", "application/octet-stream"];
        for (const body of [data, chunks()])
          assert.equal(
            (await client.ask("/count", { method: "POST", headers, body })).body,
            `300000 ${sha256(data)}`,
          );
        const lines = "one\ntwo two\n\nrest";
        assert.equal((await client.ask("/lines", { method: "POST", body: lines })).body, "[4, 8, 1, 4]");
        assert.equal((await client.ask("/count")).body, `0 ${sha256("")}`);
      });

      it("writes, sends files and nothing at all", async () => {
        assert.equal((await client.ask("/written")).body, "written and returned");
        assert.match((await client.ask("/file")).body, /^"""A WSGI app without a framework/);
        const { status, headers, body } = await client.ask("/empty");
        assert.deepEqual([status, body, headers["content-length"]], [204, "", undefined]);
      });

      it("fails with 500, and after its first bytes so that the client can tell", async () => {
        assert.equal((await client.ask("/fail")).status, 500);
        await assert.rejects(client.ask("/late"), /aborted|ECONNRESET|hang up/);
        assert.equal((await client.ask("/")).body, "Hello, World!");
      });
    });

  for (const way of ["the router", KEPT] as const)
    it(`never takes a chunked body that is cut off for a whole one, behind ${way}`, async () => {
      const portico = served.instance(way);
      const socket = connect(portico.port, "127.0.0.1");
      socket.write("POST /count?cut HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n");
      await portico.said("counting what may be cut off");
      socket.destroy();
      // A line of the log either way: the request's, or the one that says what became of it.
      await poll(
        () => portico.stdout() + portico.stderr(),
        (said) => said.includes("/count?cut"),
      );
      assert.match(portico.stderr(), /POST \/count\?cut.*request's body/);
    });
});
