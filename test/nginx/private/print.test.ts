import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { privatePlaces } from "../../../src/nginx/private/places.ts";
import { type PrivateConf, printPrivateConf } from "../../../src/nginx/private/print.ts";
import { SiteError } from "../../../src/nginx/site-error.ts";

/** After a change that is meant: UPDATE_GOLDEN=1 node --test test/nginx/private/print.test.ts */
const golden = join(import.meta.dirname, "../../golden/private-nginx");

function conf(chdir: string, changes: Partial<PrivateConf> = {}): string {
  const places = privatePlaces(chdir);
  return printPrivateConf({
    places,
    siteFile: places.siteFile,
    user: undefined,
    files: 1024,
    mercy: 60,
    mimeTypes: "/etc/nginx/mime.types",
    modules: [],
    ...changes,
  });
}

describe("the nginx.conf of a private NGINX", () => {
  for (const [name, text] of Object.entries({
    "as-a-user": conf("/srv/hello"),
    "as-root": conf("/srv/a b[1]", {
      user: { name: "www-data", group: "adm" },
      files: 1_048_576,
      mercy: 0,
      modules: ["/etc/nginx/modules-enabled/*.conf"],
    }),
  }))
    it(`is as its golden file: ${name}`, () => {
      const file = join(golden, `${name}.conf`);
      if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
      assert.equal(text, readFileSync(file, "utf8"));
    });

  it("asks for no more connections than there may be files", () => {
    assert.match(conf("/srv", { files: 256 }), /worker_connections 192;/);
    assert.match(conf("/srv", { files: 20 }), /worker_connections 64;/);
  });

  it("is refused where NGINX would take the directory for something else", () => {
    assert.throws(() => conf("/srv/$host"), SiteError);
  });
});
