import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freePort, withoutNginx } from "../nginx/private-site-nginx.ts";
import { assertSame, serveBoth } from "../support/both-sites.ts";
import { poll } from "../support/poll.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const SECURITY = [
  ...[
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "content-security-policy",
    "x-robots-tag",
  ],
  ...["strict-transport-security", "permissions-policy", "cache-control"],
];

describe("what a site in NGINX adds, without NGINX", { skip: withoutNginx }, () => {
  it("header fields by path, where the app does not say them", async (t) => {
    const both = await serveBoth(
      t,
      [
        ["headers", "basic"],
        ["headers", "/embed off"],
        ["headers", "/safe strict"],
        ["add-header", "/drafts X-Robots-Tag: noindex"],
        ["add-header", "/drafts/open X-Robots-Tag: all"],
        ["static", "/files = files expires=auto"],
        ["access", "/closed !127.0.0.1"],
      ],
      (directory) => writeFileSync(join(directory, "files"), ""),
    );
    for (const target of [
      ...["/", "/own", "/embed", "/embed/x", "/embedded", "/EMBED", "/safe/x", "/drafts", "/drafts/open/x"],
      ...["/files/none", "/closed", "/own/drafts"],
    ])
      await assertSame(both, target, {}, SECURITY);
    const { here, there } = await both.ask("/closed");
    for (const name of SECURITY.slice(0, 3)) assert.equal(here.headers[name], there.headers[name], name);
  });

  it("the largest body by path, said or found out", async (t) => {
    const both = await serveBoth(t, [
      ["client-max-body-size", "10"],
      ["client-max-body-size", "/upload 2k"],
      ["client-max-body-size", "/any 0"],
      ["access", "/upload/closed !127.0.0.1"],
    ]);
    for (const [target, size] of [
      ["/", 10],
      ["/", 11],
      ["/upload", 11],
      ["/Upload/x", 2048],
      ["/upload/x", 2049],
      ["/uploads", 11],
      ["/any", 100_000],
      ["/upload/closed", 2048],
      ["/upload/closed", 2049],
    ] as const) {
      const body = "x".repeat(size);
      const length = { "Content-Length": String(size) };
      await assertSame(both, target, { method: "POST", body, headers: length });
      // Of what is refused anyway NGINX does not count the chunks.
      if (target === "/upload/closed") continue;
      await assertSame(both, target, { method: "POST", body, headers: { "Transfer-Encoding": "chunked" } });
    }
  });

  it("an id for each request, which no client makes up", async (t) => {
    const both = await serveBoth(t, [["request-id", "true"]]);
    const asked = { headers: { "X-Request-ID": "forged" } };
    for (const told of Object.values(await both.ask("/", asked))) {
      const id = String(told.headers["x-request-id"]);
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.equal(told.headers["x-seen-id"], id);
    }
    const [one, other] = [(await both.ask("/")).here, (await both.ask("/")).here];
    assert.notEqual(one.headers["x-request-id"], other.headers["x-request-id"]);
    // A proxy in front that is trusted has given one already.
    const relayed = { headers: { "X-Request-ID": "of-the-proxy", "X-Forwarded-For": "192.0.2.1" } };
    const { here } = await both.ask("/", relayed);
    assert.deepEqual([here.headers["x-seen-id"], here.headers["x-request-id"]], ["of-the-proxy", undefined]);
  });
});

const APP = `export default (request) => new Response("from the app");\n`;
const INI = (port: number, site: string): string =>
  `[uwsgi]\nmodule = ./app.mjs\nhttp-socket = 127.0.0.1:${port}\nprocesses = 2\n[nginx]\n${site}`;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(port: number, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** All that both workers answer with. */
async function statuses(port: number): Promise<string> {
  const all = await Promise.all(Array.from({ length: 20 }, () => ask(port)));
  return [...new Set(all.map(({ status }) => status))].join(" ");
}

describe("portico maintenance without NGINX", () => {
  for (const site of ["", "maintenance-page = down.html\nretry-after = 5m\nheaders = basic\n"])
    it(`answers 503, ${site === "" ? "a plain page" : "the page of the ini"}, and when to come again`, async (t) => {
      const port = await freePort();
      const page = "<p>Down for new disks</p>";
      const dir = await projectWith(t, { "app.mjs": APP, "down.html": page, "hello.ini": INI(port, site) });
      const portico = await startPortico({ dir, args: ["hello.ini"] });
      t.after(() => portico.stop());
      const maintenance = (...args: string[]) =>
        runPortico(["maintenance", ...args], { dir, runtime: portico.runtime });
      assert.equal((await ask(port)).status, 200);
      const on = await maintenance("on", "hello.ini", "--message", "new disks");
      assert.equal(on.status, 0, on.stderr);
      // Both workers look ten times a second.
      await poll(
        () => statuses(port),
        (all) => all === "503",
      );
      const { headers, body } = await ask(port);
      assert.equal(headers["retry-after"], site === "" ? "30" : "300");
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["content-type"], "text/html");
      assert.equal(headers["x-frame-options"], site === "" ? undefined : "SAMEORIGIN");
      if (site === "") assert.match(body, /Back soon/);
      else assert.equal(body, page);
      assert.match((await ask(port, "POST")).body, /Back soon/);
      assert.match((await maintenance("status", "hello.ini")).stdout, /in maintenance since .*new disks/);
      writeFileSync(join(dir, "today.html"), "<p>Today</p>");
      assert.equal((await maintenance("on", "hello.ini", "--page=today.html")).status, 0);
      await poll(
        async () => (await ask(port)).body,
        (shown) => shown === "<p>Today</p>",
      );
      assert.equal((await maintenance("on", "hello.ini", "--page", "none.html")).status, 2);
      assert.equal((await maintenance("off", "hello.ini")).status, 0);
      await poll(
        () => statuses(port),
        (all) => all === "200",
      );
    });

  it("wants somebody who would answer so", async (t) => {
    const dir = await projectWith(t, { "app.mjs": APP, "hello.ini": INI(0, "") });
    const { status, stderr } = await runPortico(["maintenance", "on", "hello.ini"], {
      dir,
      runtime: join(dir, "run"),
    });
    assert.equal(status, 2);
    assert.match(stderr, /Nobody serves hello/);
  });
});
