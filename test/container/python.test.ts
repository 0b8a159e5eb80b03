import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Container } from "./container.ts";
import { buildImage, engineUp, podman, tryPodman, whyNoEngine } from "./engine.ts";

const IMAGE = `localhost/portico-python-test:${process.pid}`;
const APP = (text: string) => `
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${text} for " + environ["REMOTE_ADDR"].encode() ]
`;

/** The seed's files, less Flask: the image's tests bring no packages of Python's. */
async function pythonApp(app: string): Promise<void> {
  for (const name of ["hello.ts", "package.json", "package-lock.json", "hello.ini"])
    await rm(join(app, name));
  await writeFile(join(app, "hello.py"), APP("Hello"));
  await writeFile(join(app, "wsgi.py"), "from hello import app\n");
  await writeFile(
    join(app, "hello.ini"),
    "[uwsgi]\nplugin = python3\nmodule = wsgi\ncallable = app\nmaster = true\nsocket = hello.sock\nvacuum = true\n",
  );
}

describe("the container built WITH_PYTHON", { skip: whyNoEngine() }, () => {
  let container: Container;
  before(async () => {
    await engineUp();
    await buildImage(IMAGE, "--build-arg", "WITH_PYTHON=1");
    container = await Container.run(IMAGE, { prepare: pythonApp });
    await container.started();
  });
  after(async () => {
    await container?.[Symbol.asyncDispose]();
    await tryPodman("rmi", "--force", "--no-prune", IMAGE);
  });

  test("answers for a Python app, whose workers are not root", async () => {
    assert.match(await (await fetch(await container.url())).text(), /^Hello for \d/);
    const processes = (await podman("top", container.name, "user", "args")).split("\n");
    const workers = processes.filter((line) => line.includes("portico_worker"));
    assert.ok(workers.length > 0, processes.join("\n"));
    for (const line of workers) assert.match(line, /^www-data /);
  });

  test("takes up an edit by portico reload", async () => {
    await writeFile(join(container.app, "hello.py"), APP("Changed"));
    await podman("exec", container.name, "portico", "reload");
    assert.match(await (await fetch(await container.url())).text(), /^Changed for \d/);
  });
});
