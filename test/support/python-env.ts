import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** What its tests run on: apps, and the program that makes their virtual environment. */
export const PYTHON_TESTS = join(import.meta.dirname, "../python");
/** Where the apps of the tests are. */
export const PYTHON_APPS = join(PYTHON_TESTS, "apps");

let made: string | undefined;

/**
 * The virtual environment with what test/python/requirements.txt asks for, made once for all test runs and kept
 * in the user's cache folder. The first time takes a while: test.sh has it made before the tests.
 * @throws Error with what pip said
 */
export function pythonEnv(): string {
  if (made === undefined) {
    const { stdout, stderr, status, error } = spawnSync("python3", [join(PYTHON_TESTS, "make_env.py")], {
      encoding: "utf8",
    });
    if (status !== 0)
      throw new Error(`Cannot make the tests' virtual environment: ${error?.message ?? stderr}`);
    made = stdout.trim();
  }
  return made;
}

/** Debian's own Python, whose packages are Debian's too. */
export const DEBIAN_PYTHON = "/usr/bin/python3";

/** Why tests with Debian's Flask cannot run; false where they can. */
export const noDebianFlask: string | false = missing(
  [DEBIAN_PYTHON, "-c", "import flask"],
  "Debian's python3-flask",
);

/** Why tests with Debian's uWSGI cannot run; false where they can. */
export const noUwsgi: string | false = missing(
  ["uwsgi", "--plugin", "python3", "--version"],
  "Debian's uwsgi-core and uwsgi-plugin-python3",
);

function missing([command, ...args]: [string, ...string[]], what: string): string | false {
  return spawnSync(command, args, { stdio: "ignore" }).status !== 0 && `needs ${what}`;
}
