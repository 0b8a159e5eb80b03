import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { maintenanceFile } from "../../src/nginx/maintenance-file.ts";
import { withoutNginx } from "./private-site-nginx.ts";
import { serveSite } from "./served-site.ts";

const skip = withoutNginx;

for (const page of [undefined, "down.html"])
  test(`in maintenance everybody gets 503, ${page ?? "a plain page"} and when to come again`, {
    skip,
  }, async (t) => {
    const site = await serveSite(
      t,
      [
        ["auth", "basic none.htpasswd"],
        ["status-path", "/_nginx"],
        ["hsts", "1d"],
        ["add-header", "X-Own: yes"],
        ...(page === undefined ? [] : [["maintenance-page", page] as const]),
      ],
      (_, response) => response.end("ok"),
      { setUp: (directory) => writeFileSync(path.join(directory, "down.html"), "<p>own page</p>") },
    );
    assert.equal((await site.get()).status, 401);
    mkdirSync(path.join(site.directory, "run"));
    writeFileSync(maintenanceFile(path.join(site.directory, "run"), "hello"), "");
    const { status, headers, body } = await site.get("/x/y?z");
    assert.deepEqual([status, headers["retry-after"], headers["cache-control"]], [503, "30", "no-store"]);
    assert.equal(headers["content-type"], "text/html");
    assert.equal(headers["x-own"], "yes", "the site's own fields are there too");
    assert.match(body, page === undefined ? /Back soon/ : /own page/);
    const posted = await new Promise<number | undefined>((resolve) =>
      request({ port: site.port, method: "POST", agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end("x"),
    );
    assert.equal(posted, 503);
    const { body: again } = await site.get("/down.html");
    assert.match(again, page === undefined ? /Back soon/ : /own page/);
    assert.equal((await site.get("/_nginx")).status, 200, "metrics go on");
    rmSync(maintenanceFile(path.join(site.directory, "run"), "hello"));
    assert.equal((await site.get()).status, 401);
  });

test("an app that does not answer is 502 with the page, its own errors are its own", { skip }, async (t) => {
  const site = await serveSite(
    t,
    [["retry-after", "2m"]],
    (incoming, response) => {
      if (incoming.url === "/dies") incoming.socket.destroy();
      else response.writeHead(503).end("the app's own");
    },
    { upstream: { wire: "http", sockets: ["a.sock"] } },
  );
  const { status, headers, body } = await site.get("/dies");
  assert.deepEqual([status, headers["retry-after"]], [502, "120"]);
  assert.match(body, /Back soon/);
  assert.equal((await site.get("/")).body, "the app's own");
});
