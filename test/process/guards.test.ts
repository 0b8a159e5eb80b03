import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { freePort, withoutNginx } from "../nginx/private-site-nginx.ts";
import { serveSite } from "../nginx/served-site.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { runPortico } from "../support/run-portico.ts";

/** `[nginx]` where no NGINX stands in front: the real program, asked on its own listener. */
const NODE_APP = `export default (request, { variables }) => Response.json({
  user: variables.REMOTE_USER ?? null, type: variables.AUTH_TYPE ?? null, field: request.headers.get("x-remote-user"),
});
`;
const PYTHON_APP = `import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    names = ("REMOTE_USER", "AUTH_TYPE", "HTTP_X_REMOTE_USER")
    return [json.dumps(dict(zip(("user", "type", "field"), map(environ.get, names)))).encode()]
`;

function passwd(password: string, kind = "-6"): string {
  return execFileSync("openssl", ["passwd", kind, password]).toString().trim();
}

async function serve(
  t: TestContext,
  lines: readonly string[],
  { python = false, processes = 2, users = `ann:${passwd("secret")}\n` } = {},
): Promise<RunningPortico> {
  const port = await freePort();
  const dir = await projectWith(t, {
    [python ? "app.py" : "app.mjs"]: python ? PYTHON_APP : NODE_APP,
    users,
    "hello.ini": iniOf(port, lines, python, processes),
  });
  const portico = await startPortico({ dir, args: ["hello.ini"] });
  t.after(() => portico.stop());
  return portico;
}

function iniOf(port: number, lines: readonly string[], python = false, processes = 2): string {
  const uwsgi = [
    `module = ./app.${python ? "py" : "mjs"}`,
    `http-socket = 127.0.0.1:${port}`,
    `processes = ${processes}`,
    "disable-logging = true",
  ];
  return `[uwsgi]\n${uwsgi.join("\n")}\n[nginx]\n${lines.join("\n")}\n`;
}

interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The path goes out as it stands here; each request has a connection of its own. */
function ask(port: number, path: string, headers: Record<string, string | string[]> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
const forged = { "X-Remote-User": "root", "Remote-User": "root" };

for (const python of [false, true])
  describe(`auth = basic, ${python ? "a WSGI app behind the router" : "a fetch handler"}`, () => {
    it("asks for name and password, and tells the app who it is and nobody else's word", async (t) => {
      const { port } = await serve(
        t,
        ['auth = /admin basic users realm="Members only"', "auth = /admin/open off"],
        {
          python,
        },
      );
      const refused = await ask(port, "/admin/x", forged);
      assert.equal(refused.status, 401);
      assert.match(String(refused.headers["www-authenticate"]), /^Basic realm="Members only"/);
      for (const wrong of ["ann:wrong", "ann:", "bob:secret", ":secret"])
        assert.equal((await ask(port, "/admin", basic(wrong))).status, 401, wrong);
      for (const path of ["/admin", "/Admin/x?y", "/%61dmin", "//admin", "/admin%2Fx"]) {
        const told = await ask(port, path, { ...forged, ...basic("ann:secret") });
        assert.deepEqual(JSON.parse(told.body), { user: "ann", type: "Basic", field: "ann" }, path);
      }
      for (const path of ["/", "/administrator", "/admin/open/x"]) {
        const told = await ask(port, path, { ...forged, ...basic("ann:secret") });
        assert.deepEqual(JSON.parse(told.body), { user: null, type: null, field: null }, path);
      }
      const twice = [basic("ann:secret").Authorization, basic("ann:other").Authorization];
      assert.notEqual((await ask(port, "/admin", { Authorization: twice })).status, 200);
    });
  });

describe("passwords", () => {
  it("of each form that NGINX and we can verify are, others are told", async (t) => {
    const users = [
      `six:${passwd("secret")}`,
      `five:${passwd("secret", "-5")}`,
      `apr1:${passwd("secret", "-apr1")}`,
      "bcrypt:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC",
    ];
    const { port, said } = await serve(t, ["auth = basic users"], { users: `${users.join("\n")}\n` });
    for (const name of ["six", "five", "apr1"])
      assert.equal((await ask(port, "/", basic(`${name}:secret`))).status, 200, name);
    assert.equal((await ask(port, "/", basic("bcrypt:secret"))).status, 401);
    await said(/users:4: NGINX alone can verify such a hash/);
  });

  it("that change count within a second, and a file that cannot be read lets nobody in", async (t) => {
    const lines = ["auth = basic users", "auth = /gone basic none"];
    const { dir, port, said } = await serve(t, lines, { processes: 1 });
    assert.equal((await ask(port, "/", basic("ann:secret"))).status, 200);
    assert.equal((await ask(port, "/gone", basic("ann:secret"))).status, 403);
    await said(/nobody is let in by .*none: ENOENT/);
    writeFileSync(join(dir, "users"), `ann:${passwd("another")}\n`);
    // It is looked at once a second.
    while ((await ask(port, "/", basic("ann:secret"))).status === 200);
    assert.equal((await ask(port, "/", basic("ann:another"))).status, 200);
  });

  it("that are wrong again and again get 429, are logged without them, and hold up nobody else", async (t) => {
    const { port, stderr, said } = await serve(t, ["auth = /admin basic users", "real-ip = 127.0.0.1"]);
    const from = (address: string) => ({ "X-Forwarded-For": address });
    assert.equal((await ask(port, "/admin", { ...from("192.0.2.1"), ...basic("ann:secret") })).status, 200);
    const flood = Array.from({ length: 60 }, (_, i) =>
      ask(port, "/admin", { ...from("192.0.2.66"), ...basic(`ann:guess-${i}`) }),
    );
    const others = Array.from({ length: 20 }, () => ask(port, "/", from("192.0.2.66")));
    assert.deepEqual(new Set((await Promise.all(others)).map(({ status }) => status)), new Set([200]));
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    const verified = statuses.filter((status) => status === 401).length;
    // Ten at once; what two workers count in the same microseconds may be counted as one.
    assert.ok(verified >= 10 && verified <= 20, String(statuses));
    assert.equal(statuses.filter((status) => status === 429).length, 60 - verified);
    // The right one of that client has to wait as well, but not that of another, nor one that is known.
    const late = await ask(port, "/admin", { ...from("192.0.2.66"), ...basic("ann:secret-2") });
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers["retry-after"]) >= 1);
    assert.equal((await ask(port, "/admin", { ...from("192.0.2.1"), ...basic("ann:secret") })).status, 200);
    await said(/wrong name or password for "ann" from 192\.0\.2\.66/);
    assert.ok(!stderr().includes("guess-"));
  });
});

describe("throttle", () => {
  it("counts across workers and connections, by path, and says when to come again", async (t) => {
    const { port } = await serve(t, ["throttle = /login 5r/m burst=3", "throttle = /api 1000r/s"], {
      processes: 3,
    });
    const statuses = (await Promise.all(Array.from({ length: 30 }, () => ask(port, "/login")))).map(
      ({ status }) => status,
    );
    const through = statuses.filter((status) => status === 200).length;
    // Each worker by itself would let four through. Two that count at the same moment may count one.
    assert.ok(through >= 4 && through < 12, String(statuses));
    const refused = await ask(port, "/LOGIN/x");
    assert.equal(refused.status, 429);
    const wait = Number(refused.headers["retry-after"]);
    assert.ok(wait >= 1 && wait <= 12, String(wait));
    for (const path of ["/", "/loginx", "/api"]) assert.equal((await ask(port, path)).status, 200, path);
  });

  it("goes by the client behind a load balancer that is trusted, by field and by cookie", async (t) => {
    const { port } = await serve(t, [
      "real-ip = 127.0.0.1",
      "throttle = /ip 1r/m burst=0",
      "throttle = /key 1r/m burst=0 by=header:X-Key",
      "throttle = /sid 1r/m burst=0 by=cookie:connect.sid",
    ]);
    const statuses = async (path: string, ...all: Record<string, string>[]): Promise<number[]> => {
      const list: number[] = [];
      for (const headers of all) list.push((await ask(port, path, headers)).status);
      return list;
    };
    const from = (address: string) => ({ "X-Forwarded-For": address });
    // Whatever a client writes to the left; of IPv6 the network counts.
    assert.deepEqual(
      await statuses(
        "/ip",
        ...[from("192.0.2.1"), from("192.0.2.2"), from("10.0.0.1, 192.0.2.1")],
        ...[from("2001:db8::1"), from("2001:db8::2"), from("2001:db8:0:1::1")],
      ),
      [200, 200, 429, 200, 429, 200],
    );
    const key = (text: string) => ({ "X-Key": text });
    assert.deepEqual(await statuses("/key", key("a"), key("b"), key("a"), {}, {}), [200, 200, 429, 200, 429]);
    const cookie = (text: string) => ({ Cookie: `x=1; connect.sid=${text}; y=2` });
    assert.deepEqual(await statuses("/sid", cookie("a"), cookie("b"), cookie("a")), [200, 200, 429]);
  });

  it("with wait=yes holds back what is above the rate", async (t) => {
    const { port } = await serve(t, ["throttle = 10r/s burst=5 wait=yes"]);
    const began = performance.now();
    const statuses = (await Promise.all(Array.from({ length: 5 }, () => ask(port, "/")))).map(
      ({ status }) => status,
    );
    assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
    assert.ok(performance.now() - began >= 250, "the fifth waits for its turn, 0.4 s");
  });

  it("is remembered through a reload, which takes up what changed; a wrong line is refused", async (t) => {
    const { dir, pid, port, runtime } = await serve(t, ["throttle = /login 1r/m burst=0"]);
    assert.equal((await ask(port, "/login")).status, 200);
    const reload = () => runPortico(["reload", String(pid)], { dir, runtime });
    assert.equal((await reload()).status, 0);
    assert.equal((await ask(port, "/login")).status, 429);
    writeFileSync(join(dir, "hello.ini"), iniOf(port, ["throttle = /login 5 a minute"]));
    const refused = await reload();
    assert.equal(refused.status, 5);
    assert.match(refused.stderr, /hello\.ini:7: Cannot set throttle: expected \[\/path\] and a rate/);
    assert.equal((await ask(port, "/login")).status, 429);
    writeFileSync(join(dir, "hello.ini"), iniOf(port, ["access = /closed !127.0.0.1"]));
    assert.equal((await reload()).status, 0);
    assert.equal((await ask(port, "/login")).status, 200);
    assert.equal((await ask(port, "/closed")).status, 403);
  });
});

describe("what only NGINX can do", () => {
  it("is told in one line, and a path that it alone can guard is closed", async (t) => {
    const lines = ["cache = /x 5m", "auth = /admin request /check", "throttle = 1000r/s"];
    const { port, said, stderr } = await serve(t, lines);
    await said(
      /warning: cache of \[nginx\] needs NGINX: not in effect for who asks 127\.0\.0\.1:\d+ directly\n/,
    );
    await said(/only NGINX can ask who may come in to \/admin: nobody may/);
    assert.ok(!/throttle/.test(stderr()));
    assert.equal((await ask(port, "/admin/x", basic("ann:secret"))).status, 403);
    assert.equal((await ask(port, "/")).status, 200);
  });

  it("and a line that is wrong keeps it from starting", async (t) => {
    const dir = await projectWith(t, {
      "app.mjs": NODE_APP,
      "hello.ini": iniOf(0, ["auth = /admin basci users"]),
    });
    const { status, stderr } = await runPortico(["hello.ini"], { dir, runtime: join(dir, "run") });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /hello\.ini:7: Cannot set auth: expected \[\/path\] basic FILE/);
  });
});

it("the same lines give the same answers behind NGINX", { skip: withoutNginx }, async (t) => {
  const lines = [
    ["auth", "/admin basic users"],
    ["auth", "/admin/open off"],
    ["auth", "/any basic users"],
    ["access", "/any 192.0.2.1"],
    ["satisfy", "/any any"],
    ["access", "/all !127.0.0.1"],
    ["access", "/all/in all"],
    ["access", "/local localhost"],
    ["throttle", "/login 1r/m burst=1"],
    ["throttle", "/login/twice 1r/m burst=0"],
  ] as const;
  const users = `ann:${passwd("secret")}\n`;
  const portico = await serve(
    t,
    lines.map(([name, value]) => `${name} = ${value}`),
    { users, processes: 1 },
  );
  const site = await serveSite(t, lines, (_, response) => response.end("ok"), {
    setUp: (directory) => writeFileSync(join(directory, "users"), users),
  });
  const right = basic("ann:secret");
  const asked: readonly (readonly [string, Record<string, string>])[] = [
    ...["/", "/admin", "/admin/", "/ADMIN", "/administrator", "/admin/open", "/admin/open/x", "//admin"].map(
      (path) => [path, {}] as const,
    ),
    ...[
      "/admin/../x",
      "/x/../admin",
      "/admin%2fx",
      "/%2e%2e/admin",
      "/a%5cdmin",
      "/admin%zz",
      "/admin%00",
    ].map((path) => [path, {}] as const),
    ...["/any", "/all", "/all/in", "/local", "/any/x", "/all/x"].map((path) => [path, {}] as const),
    ...["/admin", "/any", "/all", "//admin//x", "/admin/../x"].map((path) => [path, right] as const),
    ["/admin", basic("ann:no")],
    ["/admin", { Authorization: "Basic" }],
    ["/admin", { Authorization: "Basic %%%" }],
    ["/admin", { Authorization: `bAsIc ${right.Authorization.slice(6)}` }],
    ["/admin", { Authorization: "Bearer x" }],
    ...["/login", "/login/twice", "/login/twice", "/login", "/login", "/Login"].map(
      (path) => [path, {}] as const,
    ),
  ];
  for (const [path, headers] of asked) {
    const here = await ask(portico.port, path, headers);
    const there = await ask(site.port, path, headers);
    assert.equal(here.status, there.status, `${path} ${JSON.stringify(headers)}`);
  }
});
