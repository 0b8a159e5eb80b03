import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { freePort, withoutNginx } from "../nginx/private-site-nginx.ts";
import { serveSite } from "../nginx/served-site.ts";
import { makeClient, makePair } from "../support/certificates.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

/** `tls` of `[nginx]` with `nginx = off`: the real program, asked with curl, beside the real NGINX. */
const run = promisify(execFile);
const APP = `export default (request, { variables }) => Response.json({
  user: request.headers.get("x-remote-user"), variable: variables.REMOTE_USER ?? null, type: variables.AUTH_TYPE ?? null,
});
`;

function pairs(directory: string): void {
  makePair(directory, "server");
  makePair(directory, "ca", "/CN=The authority");
  makePair(directory, "stranger", "/CN=stranger");
  makeClient(directory, "ann", "/C=NL/O=A, B\\/CN=root/CN=änn", "ca");
}

function ini(site: readonly (readonly [string, string])[], uwsgi: readonly string[] = []): string {
  const main = ["[uwsgi]", "module = ./app.mjs", "processes = 2", "nginx = off", ...uwsgi, "[nginx]"];
  return [...main, ...site.map(([name, value]) => `${name} = ${value}`), ""].join("\n");
}

async function start(
  t: TestContext,
  site: readonly (readonly [string, string])[],
  uwsgi: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<RunningPortico> {
  const dir = await projectWith(t, { "app.mjs": APP, "hello.ini": ini(site, uwsgi) });
  pairs(dir);
  const portico = await startPortico({ dir, args: ["hello.ini"], env });
  t.after(() => portico.stop());
  return portico;
}

interface Told {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** @param trust the file of the server's certificate */
async function curl(dir: string, url: string, ...args: string[]): Promise<Told> {
  const { stdout } = await run(
    "curl",
    ["-sSi", "--http1.1", "--max-time", "20", "--cacert", "server.crt", ...args, url],
    { cwd: dir },
  );
  const end = stdout.indexOf("\r\n\r\n");
  const headers = stdout.slice(0, end);
  return { status: Number(headers.split(" ")[1]), headers, body: stdout.slice(end + 4) };
}

function field({ headers }: Told, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "im").exec(headers)?.[1]?.trim();
}

describe("tls of [nginx] with nginx = off", () => {
  it("is as NGINX has it: HSTS, redirect, clients' certificates", { skip: withoutNginx }, async (t) => {
    const lines = (port: number, plain: number): [string, string][] => [
      ["listen", `127.0.0.1:${port}`],
      ["ipv6", "false"],
      ["tls", "server.crt server.key"],
      ["redirect-https", String(plain)],
      ["hsts", "365d subdomains"],
      ["client-certificate", "ca.crt"],
      ["auth", "/partner certificate"],
      ["auth", "/partner/open off"],
      ["static", "/files = files"],
    ];
    const [here, herePlain] = [await freePort(), await freePort()];
    const [there, therePlain] = [await freePort(), await freePort()];
    const portico = await start(t, lines(here, herePlain));
    const site = await serveSite(
      t,
      lines(there, therePlain),
      (incoming, response) =>
        response.end(JSON.stringify({ user: incoming.headers["x-remote-user"] ?? null })),
      { setUp: pairs },
    );
    const own = (name: string): string[] => ["--cert", `${name}.crt`, "--key", `${name}.key`];
    const forged = ["-H", "X-Remote-User: root"];
    for (const [path, args] of [
      ["/", forged],
      ["/files/none", []],
      ["/partner", []],
      ["/partner/x", forged],
      ["/Partner", own("ann")],
      ["/partner/x", [...own("ann"), ...forged]],
      ["/partner/open", forged],
      ["/", own("ann")],
    ] as const) {
      const one = await curl(portico.dir, `https://localhost:${here}${path}`, ...args);
      const other = await curl(site.directory, `https://localhost:${there}${path}`, ...args);
      const facts = (told: Told) => ({
        status: told.status,
        hsts: field(told, "strict-transport-security"),
        user: told.status === 200 ? (JSON.parse(told.body) as { user: unknown }).user : undefined,
      });
      assert.deepEqual(facts(one), facts(other), `${path} ${args.join(" ")}`);
      assert.ok(facts(one).hsts?.startsWith("max-age=31536000; includeSubDomains"));
    }
    for (const [url, args] of [
      ["/x/%2e%2e/y?z=1", ["--path-as-is"]],
      ["/", ["-d", "posted"]],
      ["/", ["-H", "Host: Example.com:8000"]],
    ] as const) {
      const one = await curl(portico.dir, `http://localhost:${herePlain}${url}`, ...args);
      const other = await curl(site.directory, `http://localhost:${therePlain}${url}`, ...args);
      assert.equal(one.status, 308);
      assert.equal(
        field(one, "location")?.replace(`:${here}`, ":PORT"),
        field(other, "location")?.replace(`:${there}`, ":PORT"),
      );
      assert.equal(field(one, "strict-transport-security"), undefined);
    }
    const known = await curl(portico.dir, `https://localhost:${here}/partner`, ...own("ann"));
    assert.deepEqual(JSON.parse(known.body), {
      user: "CN=\\C3\\A4nn,O=A\\, B/CN=root,C=NL",
      variable: "CN=\\C3\\A4nn,O=A\\, B/CN=root,C=NL",
      type: null,
    });
    // NGINX answers 400 here; neither lets it in.
    await assert.rejects(curl(portico.dir, `https://localhost:${here}/`, ...own("stranger")), /curl: /);
    assert.doesNotMatch(portico.stderr(), /needs NGINX|only NGINX/);
    const { listeners, url } = await portico.status();
    assert.deepEqual(listeners, [`https 127.0.0.1:${here}`, `http 0.0.0.0:${herePlain}`]);
    assert.equal(url, `https://127.0.0.1:${here}/`);
  });

  it("leaves to http-socket what it names, and takes up another certificate by a reload", async (t) => {
    const [port, plain] = [await freePort(), await freePort()];
    const site = (name: string) =>
      [
        ["listen", String(port)],
        ["tls", `${name}.crt ${name}.key`],
        ["hsts", "1d"],
      ] as const;
    const uwsgi = [`http-socket = 127.0.0.1:${plain}`];
    const { dir, pid, runtime } = await start(t, site("server"), uwsgi);
    assert.equal((await curl(dir, `https://localhost:${port}/`)).status, 200);
    const direct = await curl(dir, `http://localhost:${plain}/`);
    assert.deepEqual([direct.status, field(direct, "strict-transport-security")], [200, undefined]);
    makePair(dir, "next");
    writeFileSync(join(dir, "hello.ini"), ini(site("next"), uwsgi));
    const reload = () => runPortico(["reload", String(pid)], { dir, runtime });
    assert.equal((await reload()).status, 0);
    assert.equal((await curl(dir, `https://localhost:${port}/`, "--cacert", "next.crt")).status, 200);
    writeFileSync(join(dir, "hello.ini"), ini(site("none"), uwsgi));
    const refused = await reload();
    assert.equal(refused.status, 5);
    assert.match(refused.stderr, /hello\.ini:8: Cannot set tls: cannot read the certificate: ENOENT/);
    assert.equal((await curl(dir, `https://localhost:${port}/`, "--cacert", "next.crt")).status, 200);
    writeFileSync(join(dir, "hello.ini"), ini([...site("next"), ["redirect-https", "8080"]], uwsgi));
    const later = await reload();
    assert.match(later.stdout + later.stderr, /only a restart applies it: listen of \[nginx\]/);
  });

  it("makes a pair for development", async (t) => {
    const port = await freePort();
    const dir = await projectWith(t, {
      "app.mjs": APP,
      "hello.ini": ini([
        ["listen", String(port)],
        ["self-signed", "true"],
      ]),
    });
    const cache = join(dir, "cache");
    const portico = await startPortico({ dir, args: ["hello.ini"], env: { PORTICO_CACHE_DIR: cache } });
    t.after(() => portico.stop());
    const certificate = join(cache, "nginx/certificates/portico_hello.pem");
    assert.ok(existsSync(certificate));
    assert.equal((await curl(dir, `https://localhost:${port}/`, "--cacert", certificate)).status, 200);
  });

  it("is told to want nginx = off where that is not said", async (t) => {
    const dir = await projectWith(t, {
      "app.mjs": APP,
      "hello.ini": ini([["tls", "server.crt server.key"]], ["http-socket = 127.0.0.1:0"]).replace(
        "nginx = off\n",
        "",
      ),
    });
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    await portico.said(/tls of \[nginx\] needs NGINX, or nginx = off for tls: not in effect/);
  });
});
