import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { setPassword, whyNotUser } from "../../src/nginx/password-file.ts";
import { freePort } from "../support/free-port.ts";
import { hasNginx, startNginx } from "../support/private-nginx.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const without = ["openssl", "nginx"].find(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0,
);
const skip = !hasNginx() ? "needs nginx" : without === "openssl" && "needs openssl";

/** Runs `portico nginx passwd …`, the password on stdin. */
async function passwd(dir: string, args: readonly string[], password = "", env: NodeJS.ProcessEnv = {}) {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "nginx", "passwd", ...args],
    {
      cwd: dir,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: 30_000,
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.on("error", () => {});
  child.stdin.end(password);
  await once(child, "close");
  return { status: child.exitCode, said };
}

/** The status with which NGINX answers a user and a password. */
function login(port: number, user: string, password: string): Promise<number | undefined> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers: { authorization }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end();
  });
}

async function guarded(t: TestContext, file: string): Promise<number> {
  const port = await freePort();
  // `return` would come before authentication: a file is what is guarded, the password file itself.
  const nginx = await startNginx({
    http: `server { listen 127.0.0.1:${port}; auth_basic here; auth_basic_user_file ${file}; location / { root /; try_files ${file} =404; } }`,
  });
  t.after(() => nginx.stop());
  return port;
}

describe("portico nginx passwd", { skip }, () => {
  it("makes a file of which NGINX takes the passwords, and no others", async (t) => {
    const dir = await projectWith(t, {});
    const file = join(dir, "htpasswd");
    const long = `pässwörd with spaces $1 "quotes" : and a colon`;
    assert.match(
      (await passwd(dir, ["htpasswd", "ann", "--stdin"], "secret\n")).said,
      /^ann is added to .*htpasswd\n$/,
    );
    assert.match((await passwd(dir, ["htpasswd", "bob", "--stdin"], `${long}\nmore`)).said, /^bob is added/);
    assert.equal(statSync(file).mode & 0o777, 0o640);
    assert.match(readFileSync(file, "utf8"), /^ann:\$6\$\S+\nbob:\$6\$\S+\n$/);
    const port = await guarded(t, file);
    assert.equal(await login(port, "ann", "secret"), 200);
    assert.equal(await login(port, "bob", long), 200);
    for (const [user, password] of [
      ["ann", "Secret"],
      ["ann", ""],
      ["bob", "secret"],
      ["eve", "secret"],
    ] as const)
      assert.equal(await login(port, user, password), 401, `${user}:${password}`);

    // NGINX reads the file at each request: nothing is to be reloaded.
    assert.match((await passwd(dir, ["htpasswd", "ann", "--stdin"], "changed")).said, /^ann is changed in/);
    assert.equal(await login(port, "ann", "secret"), 401);
    assert.equal(await login(port, "ann", "changed"), 200);
    assert.match((await passwd(dir, ["htpasswd", "ann", "--delete"])).said, /^ann is removed from/);
    assert.equal(await login(port, "ann", "changed"), 401);
    assert.equal(await login(port, "bob", long), 200);
  });

  it("asks on the terminal, twice, and shows nothing of it", {
    skip: spawnSync("script", ["-V"]).status !== 0 && "needs script(1)",
  }, async (t) => {
    const dir = await projectWith(t, {});
    const command = `${process.execPath} --disable-warning=ExperimentalWarning ${MAIN} nginx passwd htpasswd ann`;
    const ask = async (answers: readonly string[]) => {
      const child = spawn("script", ["-qec", command, "/dev/null"], { cwd: dir, timeout: 30_000 });
      let said = "";
      const left = [...answers];
      let prompts = 0;
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const asked = said.match(/(?:Password for ann|The same again): /g)?.length ?? 0;
        for (; prompts < asked; prompts++) child.stdin.write(`${left.shift()}\r`);
      });
      await once(child, "close");
      return { status: child.exitCode, said };
    };
    const differ = await ask(["one-secret", "other-secret"]);
    assert.equal(differ.status, 2);
    assert.match(differ.said, /The two passwords differ/);
    const right = await ask(["one-sekx\x7fret", "one-sekret"]);
    assert.equal(right.status, 0, right.said);
    assert.doesNotMatch(right.said, /sek/);
    const port = await guarded(t, join(dir, "htpasswd"));
    assert.equal(await login(port, "ann", "one-sekret"), 200);
  });

  it("refuses what cannot be right, and changes nothing", async (t) => {
    const dir = await projectWith(t, { htpasswd: "ann:x\n" });
    for (const [args, stdin, reason] of [
      [["htpasswd", "a:b", "--stdin"], "x", /expected no colon/],
      [["htpasswd", "a\nb", "--stdin"], "x", /expected no colon and no control characters/],
      [["htpasswd", "#ann", "--stdin"], "x", /expected no #/],
      [["htpasswd", "", "--stdin"], "x", /expected a name/],
      [["htpasswd", "n".repeat(129), "--stdin"], "x", /128 bytes/],
      [["htpasswd", "ann", "--stdin"], "", /empty password/],
      [["htpasswd", "ann", "--stdin"], "x".repeat(2000), /more than 1024 bytes/],
      [["htpasswd", "ann", "secret"], "", /never an argument/],
      [["htpasswd", "bob", "--delete"], "", /no such user/],
      [["htpasswd", "ann", "--stdin", "--delete"], "", /Expected portico nginx passwd/],
      [["none/htpasswd", "ann", "--stdin"], "x", /Cannot write .*none\/htpasswd: ENOENT/],
      [["htpasswd"], "", /Expected portico nginx passwd FILE USER/],
    ] as const) {
      const { status, said } = await passwd(dir, args, stdin);
      assert.match(said, reason, String(args));
      assert.equal(status, 2, String(args));
    }
    assert.equal(readFileSync(join(dir, "htpasswd"), "utf8"), "ann:x\n");
  });

  it("says what is missing where nothing hashes", async (t) => {
    const dir = await projectWith(t, {});
    const { status, said } = await passwd(dir, ["htpasswd", "ann", "--stdin"], "x", { PATH: dir });
    assert.equal(status, 2);
    assert.match(said, /needs openssl 1\.1\.1 or newer/);
    assert.equal((await runPortico(["nginx", "pass"], { dir, runtime: join(dir, "run") })).status, 2);
  });
});

describe("a password file", () => {
  it("keeps its other lines, its mode and its links", async (t) => {
    const dir = await projectWith(t, { "real/htpasswd": "# ours\nann:1:a comment\nbob:2\nann:3\n" });
    mkdirSync(join(dir, "links"));
    const link = join(dir, "links/htpasswd");
    symlinkSync("../real/htpasswd", link);
    assert.equal(setPassword(link, "ann", "new"), "changed");
    assert.equal(readFileSync(link, "utf8"), "# ours\nann:new\nbob:2\n");
    assert.equal(readlinkSync(link), "../real/htpasswd");
    assert.equal(setPassword(link, "an", "4"), "added");
    assert.equal(setPassword(link, "nn", undefined), "unknown");
    writeFileSync(join(dir, "no-end"), "ann:1");
    assert.equal(setPassword(join(dir, "no-end"), "bob", "2"), "added");
    assert.equal(readFileSync(join(dir, "no-end"), "utf8"), "ann:1\nbob:2\n");
  });

  it("takes names as people have them", () => {
    for (const name of ["ann", "ann@example.org", "Ännä", "a b"])
      assert.equal(whyNotUser(name), undefined, name);
  });
});
