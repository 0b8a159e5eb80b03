import assert from "node:assert/strict";
import { chown, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import { after, before, describe, test } from "node:test";
import { Attached } from "./attached.ts";
import { Container, OWN_PACKAGES } from "./container.ts";
import { buildImage, engineUp, podman, tryPodman, whyNoEngine } from "./engine.ts";
import { ask, Load } from "./load.ts";

const IMAGE = `localhost/portico-test:${process.pid}`;
/** Seconds that docker gives a container between TERM and KILL. */
const DOCKER_STOP = 10;
/** Answers at once, and slowly under /slow: the first half at once, the other after a second and a half. */
const EDITED = `
import { Hono } from "hono";
export const app = new Hono();
app.get("/", (c) => c.text("Hello, harbour!"));
app.get("/slow", () => new Response(new ReadableStream({
  async start(controller) {
    controller.enqueue(new TextEncoder().encode("first half, "));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    controller.enqueue(new TextEncoder().encode("second half"));
    controller.close();
  },
})));
`;

describe("the container", { skip: whyNoEngine() }, () => {
  before(async () => {
    await engineUp();
    await buildImage(IMAGE);
  });
  // The layers stay, for the next build.
  after(() => tryPodman("rmi", "--force", "--no-prune", IMAGE));

  describe("with examples/hello mounted, its packages not installed", () => {
    let container: Container;
    before(async () => {
      container = await Container.run(IMAGE);
      await container.started();
    });
    after(() => container[Symbol.asyncDispose]());

    test("answers on the published port", async () => {
      const response = await fetch(await container.url());
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "Hello, World!");
      assert.match(response.headers.get("server") ?? "", /^nginx/);
    });

    test("runs no worker as root, of neither role", async () => {
      const processes = (await podman("top", container.name, "user", "args")).split("\n");
      const workers = processes.filter((line) => /portico worker|nginx: worker process/.test(line));
      assert.ok(
        workers.some((line) => line.includes("portico worker 1")),
        processes.join("\n"),
      );
      assert.ok(
        workers.some((line) => line.includes("nginx: worker process")),
        processes.join("\n"),
      );
      for (const line of workers) assert.match(line, /^www-data\s/);
    });

    test("is healthy", async () => {
      const { status, stdout, stderr } = await tryPodman("healthcheck", "run", container.name);
      assert.equal(status, 0, stdout + stderr);
    });

    test("logs both roles, each request once", async () => {
      await (await fetch(`${await container.url()}?logged`)).text();
      const log = await container.logged("?logged");
      assert.match(log, /worker 1 is ready/);
      assert.equal(log.split("?logged").length - 1, 1, log);
    });

    test("serves an edited app after portico reload", async () => {
      await container.write("hello.ts", EDITED);
      assert.match(await container.exec("portico", "reload"), /generation 2/);
      // Connections that NGINX keeps to the old workers may have one more request each, for a second.
      const texts = await answersUntil(await container.url(), "Hello, harbour!");
      for (const text of texts.slice(0, -1)) assert.equal(text, "Hello, World!");
    });

    test("goes on with the old app when the new one does not load", async () => {
      await container.write("hello.ts", "export const app = (;");
      const { status, stderr } = await tryPodman("exec", container.name, "portico", "reload");
      assert.equal(status, 5, stderr);
      assert.match(stderr, /hello\.ts/);
      assert.equal(await (await fetch(await container.url())).text(), "Hello, harbour!");
      await container.write("hello.ts", EDITED);
    });

    test("takes start.sh as an update, under load, without a failed request", async () => {
      const load = new Load(await container.url());
      await load.more(20);
      const output = await container.exec("sh", "-c", "cd /var/www/app && sh start.sh");
      await load.more(20);
      const asked = await load.stop();
      assert.match(output, /reloaded: generation/);
      assert.ok(asked.length >= 40);
      assert.deepEqual(
        asked.filter(
          ({ status, body, error }) => status !== 200 || body !== "Hello, harbour!" || error !== undefined,
        ),
        [],
      );
    });

    test("on stop finishes what is in flight, within docker's ten seconds, with status 0", async () => {
      const url = await container.url();
      const load = new Load(url);
      const slow = Array.from({ length: 8 }, () => ask(`${url}slow`));
      await Promise.all(slow.map(({ begun }) => begun));
      await load.more(20);

      const stopped = performance.now();
      // It kills after ten seconds, as docker stop does, and the status is 137 then.
      await podman("stop", container.name);
      const took = (performance.now() - stopped) / 1000;
      const asked = await load.stop();

      assert.equal(await container.exitStatus(), 0, await container.log());
      assert.ok(took < DOCKER_STOP, `the stop took ${took} s`);
      for (const { status, body, error } of await Promise.all(slow.map(({ end }) => end)))
        assert.deepEqual(
          { status, body, error },
          { status: 200, body: "first half, second half", error: undefined },
        );
      // Asked before the stop: a whole answer. After it: a whole answer, or none at all.
      for (const answer of asked) {
        const refused = answer.began > stopped && answer.error !== undefined && answer.status === undefined;
        const whole =
          answer.status === 200 && answer.body === "Hello, harbour!" && answer.error === undefined;
        assert.ok(whole || refused, JSON.stringify(answer));
      }
    });

    test("leaves no socket in the mounted directory", async () => {
      const files = await readdir(container.app);
      assert.deepEqual(
        files.filter((name) => name.endsWith(".sock")),
        [],
      );
    });
  });

  describe("by itself", { concurrency: 3 }, () => {
    test("starts again after it was killed", async () => {
      await using container = await Container.run(IMAGE, OWN_PACKAGES);
      await container.started();
      await podman("kill", container.name);
      await container.ended();
      await podman("start", container.name);
      await container.started(2);
      // The port is another than before: it was published as any that is free.
      assert.equal(await (await fetch(await container.url())).text(), "Hello, World!");
    });

    test("works on a read-only mount of another user's, without packages", async () => {
      await using container = await Container.run(IMAGE, {
        mount: "ro",
        prepare: (app) => chown(app, 12_345, 12_345),
      });
      await container.started();
      assert.equal(await (await fetch(await container.url())).text(), "Hello, World!");
      assert.match(await container.exec("sh", "start.sh"), /reloaded: generation 2/);
      assert.equal((await readdir(container.app)).includes("node_modules"), false);
    });

    test("ends with a status and the reason when the app does not load", async () => {
      await using container = await Container.run(IMAGE, {
        prepare: async (app) => {
          await OWN_PACKAGES.prepare(app);
          await writeFile(join(app, "hello.ts"), "export const app = (;\n");
        },
      });
      assert.equal(await container.ended(), 1);
      assert.match(await container.log(), /hello\.ts:1/);
    });

    for (const [role, process] of [
      ["NGINX", "nginx: master process"],
      ["the application server", "main.ts hello.ini --daemonize"],
    ] as const)
      test(`ends with a status when ${role} dies`, async () => {
        await using container = await Container.run(IMAGE, OWN_PACKAGES);
        await container.started();
        const line = (await podman("top", container.name, "hpid", "args"))
          .split("\n")
          .find((each) => each.includes(process));
        kill(Number(line?.trim().split(/\s+/)[0]), "SIGKILL");
        assert.equal(await container.ended(), 1);
        assert.ok((await container.log()).includes(`${role} has ended`));
      });
  });

  describe("with a terminal, as the seed has it", { concurrency: 2 }, () => {
    test("has a shell to attach to, in which start.sh is an update, and ends when that is left", async () => {
      await using container = await Container.run(IMAGE, { ...OWN_PACKAGES, flags: ["-it"] });
      await container.started();
      await using shell = new Attached(container);
      await shell.type("cd /var/www/app && sh start.sh", "reloaded: generation 2");
      await shell.type("echo status $?", "status 0");
      shell.leave();
      assert.equal(await container.ended(), 0);
    });

    test("starts both roles from start.sh, in a shell that came in their place", async () => {
      await using container = await Container.run(IMAGE, {
        ...OWN_PACKAGES,
        flags: ["-it"],
        command: ["sh"],
      });
      await using shell = new Attached(container);
      await shell.type("cd /var/www/app && sh start.sh", "http://localhost:5000/");
      assert.equal(await (await fetch(await container.url())).text(), "Hello, World!");
      const workers = (await podman("top", container.name, "user", "args"))
        .split("\n")
        .filter((line) => line.includes("portico worker"));
      assert.ok(workers.length > 0);
      for (const line of workers) assert.match(line, /^www-data\s/);
    });
  });
});

/** Asks until the text is the answer, five seconds at the most. @returns all the answers. */
async function answersUntil(url: string, text: string): Promise<string[]> {
  const texts: string[] = [];
  const limit = performance.now() + 5_000;
  do {
    const { status, body, error } = await ask(url).end;
    assert.deepEqual({ status, error }, { status: 200, error: undefined });
    texts.push(body);
  } while (texts.at(-1) !== text && performance.now() < limit);
  assert.equal(texts.at(-1), text);
  return texts;
}
