import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";

/** Writes at the end of a process what it has loaded: files as URLs, and node's own modules. */
const TELL = `
const { registerHooks } = require("node:module");
const { writeFileSync } = require("node:fs");
const files = [];
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    files.push(found.url);
    return found;
  },
});
process.on("exit", () => {
  const builtins = process.moduleLoadList.map((name) => name.replace("NativeModule ", ""));
  writeFileSync(\`\${__dirname}/\${process.pid}.json\`, JSON.stringify({ files, builtins }));
});
`;

/** A master of one fetch handler needs none of them; each takes 20 kB and more of its memory (adr 13). */
const LATE = [
  /\/src\/(?:app|gateway|guard|router|transport|up|wire|worker)\//,
  /\/src\/cli\/(?:daemonize|exit-status-of|file-watch|help|private-nginx)\./,
  /\/src\/master\/(?:companion-process|orphan-guard)\./,
  /\/src\/nginx\/(?!maintenance-file|site-id)/,
  /\/src\/options\/(?:help|uwsgi-names)\./,
];
/** `internal/util/parse_args/parse_args` comes with an import of `node:util`. */
const LATE_BUILTINS = ["crypto", "dns", "dns/promises", "http", "https", "tls", "zlib"].concat([
  "internal/deps/undici/undici",
  "internal/util/parse_args/parse_args",
]);

describe("a master", () => {
  it("loads what its configuration needs, and no more", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts": 'export default () => new Response("hello");\n',
      "tell.cjs": TELL,
    });
    const portico = await startPortico({
      dir,
      // A port that is named is looked at before it is bound.
      args: ["hello.ts", "--http-socket", `127.0.0.1:${await freePort()}`, "--processes", "1"],
      env: { NODE_OPTIONS: `--require=${join(dir, "tell.cjs")}` },
    });
    assert.equal(await (await fetch(`http://127.0.0.1:${portico.port}/`)).text(), "hello");
    await portico.stop();

    const { files, builtins } = JSON.parse(readFileSync(join(dir, `${portico.pid}.json`), "utf8")) as {
      files: string[];
      builtins: string[];
    };
    assert.ok(files.some((file) => file.endsWith("/src/master/master.ts")));
    assert.deepEqual(
      files.filter((file) => LATE.some((late) => late.test(file))),
      [],
    );
    assert.ok(builtins.includes("net"));
    assert.deepEqual(
      LATE_BUILTINS.filter((name) => builtins.includes(name)),
      [],
    );
  });
});
