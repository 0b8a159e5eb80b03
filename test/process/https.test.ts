import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, type RequestOptions, request } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";
import { makeClient, makePair } from "../support/certificates.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

/** https-socket in the real program, asked with curl, OpenSSL and node. */
const run = promisify(execFile);
const NODE_APP = `export default (request, { scheme, variables }) => request.method === "POST" ? new Response(request.body) : Response.json({
  url: request.url, scheme, https: variables.HTTPS, REQUEST_SCHEME: variables.REQUEST_SCHEME,
  port: variables.SERVER_PORT, dn: variables.HTTPS_DN ?? null, pid: process.pid, uid: process.getuid(),
});
`;
const PYTHON_APP = `import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    facts = {
        "scheme": environ["wsgi.url_scheme"], "https": environ.get("HTTPS"), "host": environ["HTTP_HOST"],
        "dn": environ.get("HTTPS_DN"),
    }
    return [json.dumps(facts).encode()]
`;

async function serve(
  t: TestContext,
  { socket = "", args = [] as string[], python = false } = {},
): Promise<RunningPortico> {
  const dir = await projectWith(t, python ? { "app.py": PYTHON_APP } : { "app.mjs": NODE_APP });
  makePair(dir, "server");
  if (socket.includes("ca.crt")) {
    makePair(dir, "ca", "/CN=The authority");
    makePair(dir, "stranger", "/CN=stranger");
    makeClient(dir, "ann", "/C=NL/O=A\\/CN=root/CN=änn", "ca");
  }
  const module = python ? "app.py" : "app.mjs";
  const listen = `127.0.0.1:0,server.crt,server.key${socket}`;
  const portico = await startPortico({
    dir,
    args: [module, "--https-socket", listen, "--processes", "2", ...args],
  });
  t.after(() => portico.stop());
  return portico;
}

interface Facts {
  readonly [name: string]: unknown;
}

async function curl(dir: string, port: number, ...args: string[]): Promise<Facts> {
  const url = `https://localhost:${port}/x?y=1`;
  const pinned = ["--cacert", "server.crt", "--resolve", `localhost:${port}:127.0.0.1`];
  const { stdout } = await run("curl", ["-sS", "--max-time", "20", ...pinned, ...args, url], {
    cwd: dir,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Facts;
}

async function refused(dir: string, port: number, ...args: string[]): Promise<void> {
  await assert.rejects(curl(dir, port, ...args), /curl: /);
}

describe("https-socket", () => {
  it("answers curl, and tells the app that it was https", async (t) => {
    const { dir, port, said } = await serve(t);
    const facts = await curl(dir, port);
    assert.equal(facts["url"], `https://localhost:${port}/x?y=1`);
    assert.deepEqual([facts["scheme"], facts["https"], facts["REQUEST_SCHEME"]], ["https", "on", "https"]);
    assert.equal(facts["port"], String(port));
    assert.equal(facts["dn"], null);
    await said(new RegExp(`at https://127\\.0\\.0\\.1:${port}/`));
    // What a client says about itself is no certificate.
    const forged = await curl(dir, port, "-H", "HTTPS-DN: /CN=root", "-H", "HTTPS_DN: /CN=root");
    assert.equal(forged["dn"], null);
  });

  it("answers for a Python app, through the router", async (t) => {
    const { dir, port } = await serve(t, { python: true, socket: ",,ca.crt" });
    assert.deepEqual(await curl(dir, port), {
      scheme: "https",
      https: "on",
      host: `localhost:${port}`,
      dn: null,
    });
    const known = await curl(dir, port, "--cert", "ann.crt", "--key", "ann.key");
    assert.match(String(known["dn"]), /\/CN=\\xC3\\xA4nn$/);
  });

  it("speaks TLS 1.2 and 1.3, nothing older, and HTTP/1.1 by ALPN alone", async (t) => {
    const { dir, port, said } = await serve(t);
    const ca = readFileSync(join(dir, "server.crt"));
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = connectTls({
        ...{ port, host: "127.0.0.1", servername: "localhost", ca },
        ...{ minVersion: version, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] },
      });
      await once(socket, "secureConnect");
      assert.deepEqual([socket.getProtocol(), socket.alpnProtocol], [version, "http/1.1"]);
      assert.match(socket.getCipher().standardName, /GCM|CHACHA20/);
      socket.destroy();
    }
    const old = connectTls({
      ...{ port, host: "127.0.0.1", ca, ciphers: "DEFAULT@SECLEVEL=0" },
      ...{ minVersion: "TLSv1", maxVersion: "TLSv1.1" },
    });
    const [error] = (await once(old, "error")) as [NodeJS.ErrnoException];
    assert.match(error.message, /protocol version/);
    await said(/no TLS with 127\.0\.0\.1: unsupported protocol\n/);
  });

  it("carries large bodies both ways", async (t) => {
    const { dir, port } = await serve(t);
    const body = JSON.stringify("a line of text, again and again\n".repeat(200_000));
    writeFileSync(join(dir, "body"), body);
    // The body that comes back is JSON as well.
    assert.equal(JSON.stringify(await curl(dir, port, "--data-binary", "@body")), body);
  });

  it("answers plain HTTP with 400 and goes on", async (t) => {
    const { dir, port, said } = await serve(t);
    const socket = connect(port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    let text = "";
    socket.setEncoding("latin1").on("data", (part: string) => (text += part));
    await once(socket, "close");
    assert.match(
      text,
      /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*plain HTTP request was sent to an HTTPS port\n$/,
    );
    await said(/no TLS with 127\.0\.0\.1: http request\n/);
    await curl(dir, port);
  });

  it("lets in only clients with a certificate of the authority where it is told so with !", async (t) => {
    const { dir, port } = await serve(t, { socket: ",,!ca.crt" });
    await refused(dir, port);
    await refused(dir, port, "--cert", "stranger.crt", "--key", "stranger.key");
    const facts = await curl(dir, port, "--cert", "ann.crt", "--key", "ann.key");
    // A slash in a name begins no other name.
    assert.equal(facts["dn"], "/C=NL/O=A\\x2FCN=root/CN=\\xC3\\xA4nn");
  });

  it("asks for a certificate without !, and takes none of a stranger's", async (t) => {
    const { dir, port, said } = await serve(t, { socket: ",,ca.crt" });
    assert.equal((await curl(dir, port))["dn"], null);
    await refused(dir, port, "--cert", "stranger.crt", "--key", "stranger.key");
    await said(/no TLS with 127\.0\.0\.1: client certificate: /);
  });

  it("takes ciphers as OpenSSL lists them", async (t) => {
    const { dir, port } = await serve(t, { socket: ",ECDHE-ECDSA-AES256-GCM-SHA384" });
    const only = ["--tls-max", "1.2", "--ciphers"];
    await curl(dir, port, ...only, "ECDHE-ECDSA-AES256-GCM-SHA384");
    await refused(dir, port, ...only, "ECDHE-ECDSA-AES128-GCM-SHA256");
  });

  it("reads a key that only root may, for workers that are not", {
    skip: process.getuid!() !== 0 && "needs root",
  }, async (t) => {
    const dir = await projectWith(t, { "app.mjs": NODE_APP });
    makePair(dir, "server");
    for (const file of ["server.key", "server.crt"]) {
      chownSync(join(dir, file), 0, 0);
      chmodSync(join(dir, file), 0o600);
    }
    const listen = "127.0.0.1:0,server.crt,server.key";
    const args = ["app.mjs", "--https-socket", listen, "--processes", "1", "--uid", "www-data"];
    const portico = await startPortico({ dir, args });
    t.after(() => portico.stop());
    assert.notEqual((await curl(dir, portico.port))["uid"], 0);
  });
});

describe("a reload of https-socket", () => {
  it("shows a new certificate under load without a failed request; a wrong one is refused", async (t) => {
    const { dir, port, pid, runtime } = await serve(t, { args: ["--disable-logging"] });
    const authorities = [readFileSync(join(dir, "server.crt"))];
    makePair(dir, "next");
    authorities.push(readFileSync(join(dir, "next.crt")));
    const load = startLoad(port, authorities);
    await load.answered(20);
    const serials = new Set([await serialOf(port)]);
    for (let i = 1; i <= 2; i++) {
      makePair(dir, "server");
      authorities.push(readFileSync(join(dir, "server.crt")));
      const { status, stderr } = await runPortico(["reload", String(pid)], { dir, runtime });
      assert.equal(status, 0, stderr);
      serials.add(await serialOf(port));
      await load.answered(20);
    }
    assert.equal(serials.size, 3);
    writeFileSync(join(dir, "server.key"), readFileSync(join(dir, "next.key")));
    const { status, stderr } = await runPortico(["reload", String(pid)], { dir, runtime });
    assert.equal(status, 5);
    assert.match(stderr, /--https-socket: Cannot set https-socket: the key in .*server\.key is not that of/);
    serials.add(await serialOf(port));
    assert.equal(serials.size, 3);
    const { requests, failures } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(requests > 80, `only ${requests} requests`);
  });
});

describe("sni", () => {
  const ini = (lines: readonly string[]): string =>
    ["[uwsgi]", "module = ./app.mjs", "processes = 2", ...lines, ""].join("\n");
  const common = async (dir: string, port: number, name: string | undefined): Promise<string> => {
    const asked = run(
      "openssl",
      [
        ...["s_client", "-connect", `127.0.0.1:${port}`, "-showcerts"],
        ...(name === undefined ? ["-noservername"] : ["-servername", name]),
      ],
      { cwd: dir, timeout: 20_000 },
    );
    asked.child.stdin!.end();
    const { stdout } = await asked;
    return /subject=(.*)/.exec(stdout)?.[1] ?? stdout;
  };

  it("shows each name its certificate, others that of the socket, through a reload that names other files", async (t) => {
    const lines = (socket: string, own: string): string[] => [
      `https-socket = 127.0.0.1:0,${socket}.crt,${socket}.key`,
      `sni = own.example ${own}.crt,${own}.key`,
      "sni = *.wild.example wild.crt,wild.key",
    ];
    const dir = await projectWith(t, { "app.mjs": NODE_APP, "hello.ini": ini(lines("server", "own")) });
    for (const name of ["server", "own", "wild", "other"]) makePair(dir, name, `/CN=${name}`);
    const portico = await startPortico({ dir, args: ["hello.ini"] });
    t.after(() => portico.stop());
    const { port, pid, runtime } = portico;
    for (const [asked, shown] of [
      ["own.example", "own"],
      ["OWN.Example", "own"],
      ["a.wild.example", "wild"],
      ["wild.example", "server"],
      ["a.b.wild.example", "server"],
      ["another.example", "server"],
      [undefined, "server"],
    ] as const)
      assert.match(await common(dir, port, asked), new RegExp(`CN ?= ?${shown}$`), asked ?? "no name");
    writeFileSync(join(dir, "hello.ini"), ini(lines("wild", "other")));
    const { status, stdout, stderr } = await runPortico(["reload", String(pid)], { dir, runtime });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /only a restart/);
    assert.match(await common(dir, port, "own.example"), /CN ?= ?other$/);
    assert.match(await common(dir, port, undefined), /CN ?= ?wild$/);
    // One that cannot be read leaves everything as it was.
    writeFileSync(join(dir, "hello.ini"), ini(lines("server", "none")));
    const refused = await runPortico(["reload", String(pid)], { dir, runtime });
    assert.equal(refused.status, 5);
    assert.match(refused.stderr, /hello\.ini:5: Cannot set sni: cannot read the certificate/);
    assert.match(await common(dir, port, "own.example"), /CN ?= ?other$/);
    assert.match(await common(dir, port, undefined), /CN ?= ?wild$/);
    // An address is bound at the start.
    writeFileSync(
      join(dir, "hello.ini"),
      ini([...lines("wild", "other"), "https = 127.0.0.1:0,own.crt,own.key"]),
    );
    const added = await runPortico(["reload", String(pid)], { dir, runtime });
    assert.match(added.stdout + added.stderr, /only a restart applies it: https-socket/);
  });
});

it("a client comes again with its session and its certificate, by a name of sni too", async (t) => {
  const { dir, port } = await serve(t, {
    socket: ",,!ca.crt",
    args: ["--sni", "own.example server.crt,server.key"],
  });
  const own = { cert: readFileSync(join(dir, "ann.crt")), key: readFileSync(join(dir, "ann.key")) };
  for (const servername of ["localhost", "own.example"])
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const visit = async (session?: Buffer): Promise<{ reused: boolean; text: string; session: Buffer }> => {
        const socket = connectTls({
          ...{ port, host: "127.0.0.1", servername, rejectUnauthorized: false, ...own },
          ...{ minVersion: version, maxVersion: version, ...(session && { session }) },
        });
        let newest: Buffer | undefined;
        socket.on("session", (given: Buffer) => (newest = given));
        await once(socket, "secureConnect");
        const reused = socket.isSessionReused();
        socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let text = "";
        for await (const part of socket) text += String(part);
        return { reused, text, session: newest! };
      };
      const first = await visit();
      const again = await visit(first.session);
      assert.deepEqual([first.reused, again.reused], [false, true], `${servername} ${version}`);
      assert.match(again.text, /CN=\\\\xC3/);
    }
});

describe("a certificate that cannot be used", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["is missing", "none.crt,a.key", /cannot read the certificate: ENOENT.*none\.crt/],
    ["has no key", "a.crt,none.key", /cannot read the key: ENOENT.*none\.key/],
    ["has another's key", "a.crt,b.key", /the key in \S*b\.key is not that of the certificate in \S*a\.crt/],
    ["is none", "app.mjs,a.key", /\S*app\.mjs is no certificate in PEM/],
    ["has a key that is none", "a.crt,a.crt", /\S*a\.crt is no private key in PEM/],
    ["goes with ciphers that are none", "a.crt,a.key,NONE-SUCH", /does not take .* ciphers/],
    ["goes with a CA that is none", "a.crt,a.key,,!app.mjs", /\S*app\.mjs holds no certificate in PEM/],
    ["is not named", "a.crt", /expected an address, a certificate's file and its key's/],
  ];
  for (const [what, files, message] of cases)
    it(`${what}: told with file and line`, async (t) => {
      const ini = `[uwsgi]\nmodule = ./app.mjs\nhttps-socket = 127.0.0.1:0,${files}\n`;
      const dir = await projectWith(t, { "app.mjs": NODE_APP, "hello.ini": ini });
      for (const name of ["a", "b"]) makePair(dir, name);
      const { status, stderr } = await runPortico(["hello.ini"], { dir, runtime: join(dir, "run") });
      assert.ok(status === 2 || status === 3, stderr);
      assert.match(stderr, /hello\.ini:3: Cannot set https-socket: /);
      assert.match(stderr, message);
      assert.ok(!stderr.includes("PRIVATE KEY"));
    });
});

/** Asks again and again, on kept and on new connections. `authorities` may grow meanwhile. */
function startLoad(port: number, authorities: readonly Buffer[]) {
  const failures: string[] = [];
  let requests = 0;
  let going = true;
  const client = async (keepAlive: boolean): Promise<void> => {
    while (going) {
      const agent = new Agent({ keepAlive, ca: authorities.map(String) });
      for (let i = 0; i < 10 && going; i++)
        await ask({ port, agent }).then(
          () => (requests += 1),
          (error: Error) => failures.push(error.message),
        );
      agent.destroy();
    }
  };
  const clients = [true, true, true, false, false, false].map(client);
  return {
    /** Resolves after so many more answers. */
    async answered(count: number): Promise<void> {
      const wanted = requests + count;
      while (requests < wanted && failures.length === 0) await ask({ port, agent: false }, false);
    },
    async stop() {
      going = false;
      await Promise.all(clients);
      return { requests, failures };
    },
  };
}

function ask(options: RequestOptions, checked = true): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const told = { host: "127.0.0.1", servername: "localhost", rejectUnauthorized: checked, ...options };
  const outgoing = request(told, (response) => {
    response.resume();
    response.on("error", reject);
    response.on("end", () =>
      response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
    );
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}

async function serialOf(port: number): Promise<string> {
  const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
