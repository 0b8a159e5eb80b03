import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../options/config.ts";

/** The program of Python workers: beside `src` in a checkout and `dist` in the package. */
export const PYTHON_WORKER = fileURLToPath(new URL("../../python/portico_worker", import.meta.url));

/** Where its compiled code is kept, of the folder for all compiled code. */
export const pythonCache = (cache: string): string => join(cache, "python");

/** The Python that runs an app's workers. */
export interface Interpreter {
  readonly path: string;
  /** "3.11.7" */
  readonly version: string;
  /** Why this one, for the log. */
  readonly why: string;
}

export class InterpreterError extends Error {}

/** The oldest that the worker runs on. */
const OLDEST = [3, 8] as const;
/** Virtual environments as people call them, beside the app. */
const USUAL = [".venv", "venv"];

/**
 * Says the version, and compiles our worker where that is not done: the worker's user may not write there. What
 * goes wrong with it is left to the worker.
 */
const ASK = `
import platform, sys
print(platform.python_version(), flush=True)
sys.path.insert(0, sys.argv[1])
try:
    from portico_worker.compiled import compile_all
    compile_all(sys.argv[2])
except Exception:
    pass
`;

/**
 * A virtual environment's own interpreter before the one that `plugin` names (python3, python311) before `python3`.
 * @throws InterpreterError where it is not there, or too old
 */
export function findInterpreter(config: Config, env: NodeJS.ProcessEnv, cache: string): Interpreter {
  const { path, why } = choose(config, env);
  let version: string;
  try {
    const args = ["-I", "-S", "-c", ASK, dirname(PYTHON_WORKER), pythonCache(cache)];
    version = execFileSync(path, args, {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  } catch (error) {
    throw new InterpreterError(
      `Cannot run Python apps with ${path} (${why}): ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such program" : (error as Error).message}`,
      { cause: error },
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new InterpreterError(
      `Cannot run Python apps with ${path} (${why}): expected Python ${OLDEST.join(".")} or newer: got ${version}`,
    );
  return { path, version, why };
}

function choose(config: Config, env: NodeJS.ProcessEnv): { path: string; why: string } {
  const inside = (directory: string): string => join(directory, "bin", "python");
  if (config.virtualenv !== undefined) {
    if (!existsSync(inside(config.virtualenv)))
      throw new InterpreterError(
        `Cannot use the virtual environment ${config.virtualenv}: it has no bin/python; make it with python3 -m venv ${config.virtualenv}`,
      );
    return { path: inside(config.virtualenv), why: "virtualenv" };
  }
  for (const name of USUAL) {
    const directory = join(config.chdir, name);
    if (existsSync(inside(directory)) && existsSync(join(directory, "pyvenv.cfg")))
      return { path: inside(directory), why: `${name} beside the app` };
  }
  if (env["VIRTUAL_ENV"] && existsSync(inside(env["VIRTUAL_ENV"])))
    return { path: inside(env["VIRTUAL_ENV"]), why: "VIRTUAL_ENV in the environment" };
  const plugin = pythonPlugin(config);
  return { path: basePython(config), why: plugin === undefined ? "python3 on PATH" : `plugin ${plugin}` };
}

/** The Python that `plugin` names, without a virtual environment: "python3.11" for python311. */
export function basePython(config: Config): string {
  const plugin = pythonPlugin(config);
  // uWSGI's plugins are called python3, python39, python311: the program has a dot.
  const [, digits = ""] = /^python(\d[\d.]*)?$/.exec(plugin ?? "") ?? [];
  const dotted = /^\d{2,3}$/.test(digits) ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `python${dotted || "3"}`;
}

function pythonPlugin(config: Config): string | undefined {
  return config.plugin.find((name) => /^python[\d.]*$/.test(name));
}
