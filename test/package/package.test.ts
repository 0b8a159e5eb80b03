import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { projectWith } from "../support/project.ts";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);

describe("the package that npm pack makes", () => {
  it("runs with npx in an empty project, and has the types of the gateway interface", async (t) => {
    const dir = await projectWith(t, {
      "hello.ts": `import type { Context, FetchHandler } from "portico";
const app: FetchHandler = (request: Request, context: Context) => new Response(\`packed \${new URL(request.url).pathname} \${context.remoteAddress}\`);
export default app;\n`,
      "tsconfig.json":
        '{ "compilerOptions": { "strict": true, "module": "nodenext", "noEmit": true, "lib": ["es2024", "dom", "dom.iterable"], "types": [] }, "files": ["hello.ts"] }',
    });
    const env = {
      ...process.env,
      PORTICO_RUNTIME_DIR: join(dir, "run"),
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    };
    const inProject = (command: string, ...args: string[]) => run(command, args, { cwd: dir, env });
    await run("npm", ["pack", "--silent", "--pack-destination", dir], { cwd: ROOT, env });
    const [tarball] = readdirSync(dir).filter((name) => name.endsWith(".tgz"));
    await inProject("npm", "init", "-y");
    await inProject("npm", "install", "--offline", "--no-audit", "--no-fund", `./${tarball}`);
    assert.deepEqual(
      readdirSync(join(dir, "node_modules")).filter((name) => !name.startsWith(".")),
      ["portico"],
    );
    assert.match((await inProject("npx", "portico", "--version")).stdout, /^portico \d+\.\d+\.\d+\n$/);
    await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", dir], { cwd: dir });
    const { stdout } = await inProject(
      "npx",
      "portico",
      "hello.ts",
      "--http-socket",
      "127.0.0.1:0",
      "--daemonize",
      "portico.log",
    );
    try {
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(stdout)![0];
      assert.equal(await (await fetch(`${url}x`)).text(), "packed /x 127.0.0.1");
    } finally {
      await inProject("npx", "portico", "stop");
    }
  });
});
