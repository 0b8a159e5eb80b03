import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { describe, it, type TestContext } from "node:test";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { projectWith } from "../support/project.ts";
import { packet } from "../support/uwsgi-packet.ts";

const PYTHON = `import time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(60)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"fine"]
`;
const NODE = `export default async (request) => {
  if (new URL(request.url).pathname === "/slow") await new Promise(() => {});
  return new Response("fine");
};
`;

async function serve(t: TestContext, args: readonly string[]): Promise<RunningPortico> {
  const dir = await projectWith(t, { "wsgi.py": PYTHON, "hello.ts": NODE });
  const always = ["--uwsgi-socket", "app.sock", "--processes", "1", "--disable-logging", "--vacuum"];
  const portico = await startPortico({ dir, args: [...args, ...always] });
  t.after(() => portico.stop());
  return portico;
}

/** A request on the worker's own socket, as NGINX makes it; resolves when the connection has ended. */
function ask({ dir }: RunningPortico, variables: Readonly<Record<string, string>>): Promise<unknown> {
  const client = connect(join(dir, "app.sock"));
  client.on("error", () => {});
  client.resume();
  client.write(packet({ REQUEST_METHOD: "GET", REMOTE_ADDR: "192.0.2.7", PATH_INFO: "/slow", ...variables }));
  return once(client, "close");
}

async function inFlight(portico: RunningPortico, wanted: number): Promise<void> {
  while ((await portico.status()).workers[0]?.inFlight !== wanted);
}

/** Kills the worker; resolves to what the master says of it. */
async function killed(portico: RunningPortico): Promise<string> {
  const [pid] = await portico.workers();
  process.kill(pid!, "SIGKILL");
  await portico.said(new RegExp(`\\(pid ${pid}\\) was killed by SIGKILL[^]*worker 1 is ready: pid`));
  const [, text] = new RegExp(`\\(pid ${pid}\\) was killed by SIGKILL((?:.|\\n {2})*)`).exec(
    portico.stderr(),
  )!;
  return text!;
}

describe("a Python worker that is killed", { concurrency: true }, () => {
  it("is told with the request that it held, to the last moment, and nothing of it raw", async (t) => {
    const portico = await serve(t, ["--plugin", "python3", "--module", "wsgi:app"]);
    await ask(portico, { PATH_INFO: "/", REQUEST_URI: "/before" });
    const evil = "/slow?\n2026-11-22 error: forged\x1b[31m\xe9";
    const held = ask(portico, { REQUEST_METHOD: "POST", REQUEST_URI: evil });
    await inFlight(portico, 1);
    const text = await killed(portico);
    await held;
    assert.match(
      text,
      /^, holding 1 request:\n {2}POST \/slow\?\\x0a2026-11-22 error: forged\\x1b\[31mé from 192\.0\.2\.7, \d\d?\.\d s$/,
    );
  });

  it("with several threads is told with all that they held", async (t) => {
    const portico = await serve(t, ["--plugin", "python3", "--module", "wsgi:app", "--threads", "4"]);
    const held = ["/slow?1", "/slow?2", `/slow?${"3".repeat(5000)}`].map((uri) =>
      ask(portico, { REQUEST_URI: uri }),
    );
    await inFlight(portico, 3);
    const [first, ...lines] = (await killed(portico)).split("\n");
    await Promise.all(held);
    assert.equal(first, ", holding 3 requests:");
    const told = lines.map((line) => /^ {2}GET \/slow\?(1|2|3{300,}…)/.exec(line)?.[1]?.[0]).sort();
    assert.deepEqual(told, ["1", "2", "3"], lines.join("\n"));
  });

  it("is told without any where it held none", async (t) => {
    const portico = await serve(t, ["--plugin", "python3", "--module", "wsgi:app", "--threads", "2"]);
    for (let i = 0; i < 5; i++) await ask(portico, { PATH_INFO: "/" });
    await inFlight(portico, 0);
    assert.equal(await killed(portico), "");
  });
});

describe("a node worker that is killed", { concurrency: true }, () => {
  it("is told with the requests that it had longest, as of its last report", async (t) => {
    const portico = await serve(t, ["hello.ts"]);
    const held = Array.from({ length: 22 }, (_, i) =>
      ask(portico, { REQUEST_METHOD: "POST", REQUEST_URI: `/slow?${i}"` }),
    );
    await inFlight(portico, 22);
    // Each asks for a report: the last one comes when the requests are old enough to be worth a word.
    for (const end = performance.now() + 200; performance.now() < end; ) await portico.status();
    const text = await killed(portico);
    await Promise.all(held);
    const [first, ...lines] = text.split("\n");
    assert.match(first!, /^, holding 22 requests as of its last report, \d\.\d s before:$/);
    assert.equal(lines.length, 21);
    for (const line of lines.slice(0, 20))
      assert.match(line, /^ {2}POST \/slow\?\d+\\x22 from 192\.0\.2\.7, \d\d?\.\d s$/);
    assert.equal(lines[20], "  and 2 more");
  });
});
