import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { isReadOnly } from "./read-only.ts";

/** A Python project: its directory, its virtual environment, and the Python to make that with. */
export interface PythonProject {
  readonly directory: string;
  readonly virtualenv: string;
  readonly python: string;
}

/**
 * Installs what requirements.txt asks for into the project's virtual environment, which is made where it is
 * missing; when the file changed since the last time. With uv where it is there, else with venv and pip.
 * @returns what was done, or undefined where there was nothing to do.
 * @throws Error with the installer's own last words.
 */
export async function installRequirements(
  project: PythonProject,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const { directory, virtualenv, python } = project;
  const requirements = join(directory, "requirements.txt");
  if (!existsSync(requirements)) return undefined;
  const stamp = join(virtualenv, ".portico-requirements");
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return undefined;
  if (isReadOnly(directory)) return `left as they are: ${directory} is read-only`;
  const own = join(virtualenv, "bin", "python");
  const uv = spawnSync("uv", ["--version"], { env }).status === 0;
  if (!existsSync(own)) {
    if (uv) await runCommand("uv", ["venv", "--quiet", "--python", python, virtualenv], directory, env);
    else await makeVirtualenv(python, virtualenv, directory, env);
  }
  if (uv)
    await runCommand(
      "uv",
      ["pip", "install", "--quiet", "--python", own, "-r", requirements],
      directory,
      env,
    );
  else
    await runCommand(
      own,
      ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements],
      directory,
      env,
    );
  writeFileSync(stamp, wanted);
  return `${uv ? "uv" : "pip"} install -r requirements.txt`;
}

async function makeVirtualenv(
  python: string,
  virtualenv: string,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    await runCommand(python, ["-m", "venv", virtualenv], directory, env);
  } catch (error) {
    const advice = "On Debian and Ubuntu: sudo apt-get install python3-venv";
    throw new Error(`${(error as Error).message}\n${advice}`, { cause: error });
  }
}
