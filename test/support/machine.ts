import { execFile, spawnSync } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { projectWith } from "./project.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A machine of its own needs root, namespaces and NGINX. */
const missing = ["unshare", "ip", "nginx"].find(
  (command) => spawnSync("sh", ["-c", `command -v ${command}`]).status !== 0,
);
/** Why there can be none here; false where there can. */
export const noMachine = process.getuid!() !== 0 ? "needs root" : missing !== undefined && `needs ${missing}`;

/**
 * Runs a script as a user (a name or a number) on a machine of its own (see machine.sh), in a copy of the
 * checkout whose packages are there already. @returns all that it printed. @throws Error with that, where it failed.
 */
export async function onMachine(t: TestContext, script: string, user = "root"): Promise<string> {
  const root = await projectWith(t, { "script.sh": `set -eu\ncd "$(dirname "$0")"\n${script}` });
  for (const name of ["src", "bin", "package.json", "start.sh", "examples"])
    await cp(join(ROOT, name), join(root, name), { recursive: true, verbatimSymlinks: true });
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  const hono = join(root, "examples/hello/node_modules/hono");
  await mkdir(join(hono, ".."), { recursive: true });
  await cp(join(ROOT, "node_modules/hono"), hono, { recursive: true });
  await cp(
    join(ROOT, "examples/hello/package-lock.json"),
    join(root, "examples/hello/node_modules/.package-lock.json"),
  );
  if (user !== "root") spawnSync("chown", ["-R", user, root]);
  const machine = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "sh",
    join(import.meta.dirname, "machine.sh"),
  ];
  const become = user === "root" ? [] : ["setpriv", `--reuid=${user}`, "--regid=65534", "--clear-groups"];
  const { stdout, stderr } = await promisify(execFile)(
    "unshare",
    [...machine, ...become, "sh", join(root, "script.sh")],
    {
      env: {
        ...process.env,
        LOAD: `${process.execPath} ${join(ROOT, "test/support/load-process.ts")}`,
        HOME: root,
        PORTICO_RUNTIME_DIR: user === "root" ? "" : join(root, "run"),
        PORTICO_CACHE_DIR: join(root, "cache"),
      },
      timeout: 120_000,
    },
  ).catch((error: { stdout: string; stderr: string; message: string }) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout + stderr;
}
