import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { installRequirements, type PythonProject } from "../../src/up/python-packages.ts";
import { projectWith } from "../support/project.ts";

/** A package that needs no network: its build is Python's own, made by hand (PEP 517). */
const PACKAGE = {
  "greeting/pyproject.toml": `[build-system]
requires = []
build-backend = "build_it"
backend-path = ["."]
`,
  "greeting/build_it.py": `import zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    version = open("version").read()
    name = f"greeting-{version}-py3-none-any.whl"
    info = f"greeting-{version}.dist-info"
    files = {
        "greeting.py": f"version = {version!r}\\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: greeting\\nVersion: {version}\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    return name
`,
  "greeting/version": "1.0",
};

async function project(t: TestContext, requirements: string): Promise<PythonProject> {
  const directory = await projectWith(t, { ...PACKAGE, "requirements.txt": requirements });
  return { directory, virtualenv: join(directory, ".venv"), python: "python3" };
}

/** Nothing is fetched, whatever the machine's pip is told to do. */
const ENV = { ...process.env, PIP_NO_INDEX: "1", UV_NO_INDEX: "1" };

const installed = ({ virtualenv }: PythonProject): string =>
  execFileSync(join(virtualenv, "bin/python"), ["-c", "import greeting; print(greeting.version)"], {
    encoding: "utf8",
  }).trim();

describe("the packages of a Python project", { concurrency: true }, () => {
  it("are installed, left alone while the file is the same, and installed again when it has changed", async (t) => {
    const app = await project(t, "./nothing-here\n");
    // The installer's own words; nothing is remembered of what failed.
    await assert.rejects(installRequirements(app, ENV), /pip.* install [\s\S]*nothing-here/);
    await writeFile(join(app.directory, "requirements.txt"), "./greeting\n");
    assert.match((await installRequirements(app, ENV)) ?? "", /^(pip|uv) install -r requirements\.txt$/);
    assert.equal(installed(app), "1.0");
    await writeFile(join(app.directory, "greeting/version"), "2.0");
    assert.equal(await installRequirements(app, ENV), undefined);
    assert.equal(installed(app), "1.0");
    await writeFile(join(app.directory, "requirements.txt"), "# the new one\n./greeting\n");
    assert.notEqual(await installRequirements(app, ENV), undefined);
    assert.equal(installed(app), "2.0");
  });

  it("are none where there is no requirements.txt: not even an environment is made", async (t) => {
    const directory = await projectWith(t, {});
    const nothing = { directory, virtualenv: join(directory, ".venv"), python: "no-such-python" };
    assert.equal(await installRequirements(nothing, ENV), undefined);
  });

  it("need a Python that is there", async (t) => {
    const app = { ...(await project(t, "./greeting\n")), python: "python3.42" };
    await assert.rejects(installRequirements(app, ENV), /python3\.42/);
  });
});
