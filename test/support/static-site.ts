import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { StaticOptions } from "../../src/app/static-options.ts";
import { FakeExchange, type FakeRequest } from "./fake-exchange.ts";
import { serveFiles } from "./serve-files.ts";
import { temporaryDirectory } from "./temp-directory.ts";

/** When the site's a.css was changed, and the tag that it has. */
export const modified = new Date("2026-01-02T03:04:05.500Z");
export const tag = `"7-${(modified.getTime() * 1000).toString(16)}"`;

/** A directory of files to be served, and of some that are not. */
export function site(context: TestContext): string {
  const root = temporaryDirectory(context, {
    "static/a.css": "body {}",
    "static/page.html": "<p>",
    "static/sub/deep.js": "1",
    "static/data.unknown": "?",
    "static/with space é.txt": "named",
    "static/.secret": "secret",
    "static/.git/config": "secret",
    "static/empty.txt": "",
    "static/app/x.txt": "in the second",
    "favicon.ico": "icon",
    "outside.txt": "outside",
    "static-other/x.txt": "neighbour",
  });
  utimesSync(join(root, "static/a.css"), modified, modified);
  return root;
}

/** What a request gets of it. */
export async function get(
  context: TestContext,
  target: string,
  request: FakeRequest = {},
  root = site(context),
  options: Partial<StaticOptions> = {},
) {
  const serve = serveFiles({
    maps: [
      ["/static", join(root, "static")],
      ["/favicon.ico", join(root, "favicon.ico")],
    ],
    ...options,
  });
  const exchange = new FakeExchange({ target, ...request });
  const answered = await serve(exchange);
  assert.equal(answered, exchange.started);
  return exchange;
}
