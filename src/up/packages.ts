import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isInstalledByNpm } from "./installed.ts";

/** Package managers by their lock file; the first is also the one for a project without any. */
const MANAGERS = [
  { lock: "package-lock.json", command: "npm", fresh: ["ci"], update: ["install"] },
  {
    lock: "pnpm-lock.yaml",
    command: "pnpm",
    fresh: ["install", "--frozen-lockfile"],
    update: ["install", "--frozen-lockfile"],
  },
  { lock: "yarn.lock", command: "yarn", fresh: ["install"], update: ["install"] },
  { lock: "bun.lock", command: "bun", fresh: ["install"], update: ["install"] },
] as const;

/** npm asks nothing of the network that it does not need: an audit may wait for minutes where there is none. */
const QUIET = { npm_config_audit: "false", npm_config_fund: "false", npm_config_update_notifier: "false" };

/** Characters of a failed install that are shown. */
const SHOWN = 2_000;

/**
 * Installs the packages that `package.json` asks for, when it or the lock file changed since the last time.
 * On a read-only file system the packages are as they are.
 * @returns what was done, or undefined where there was nothing to do.
 * @throws Error with the package manager's own last words.
 */
export async function installPackages(
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (!existsSync(join(directory, "package.json"))) return undefined;
  const manager = MANAGERS.find(({ lock }) => existsSync(join(directory, lock))) ?? MANAGERS[0];
  const stamp = join(directory, "node_modules", ".portico-packages");
  const wanted = fingerprint(directory, manager.lock);
  if (existsSync(stamp) ? readFileSync(stamp, "utf8") === wanted : isInstalledByNpm(directory))
    return undefined;
  if (isReadOnly(directory)) return `left as they are: ${directory} is read-only`;
  // "npm ci" takes node_modules away first, which a running worker may still load from: only the first time.
  const first = !existsSync(join(directory, "node_modules")) && existsSync(join(directory, manager.lock));
  const args = first ? manager.fresh : manager.update;
  await run(manager.command, args, directory, env);
  if (existsSync(join(directory, "node_modules"))) writeFileSync(stamp, fingerprint(directory, manager.lock));
  return `${manager.command} ${args.join(" ")}`;
}

function isReadOnly(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return false;
  } catch (error) {
    // Rights that are missing are npm's to tell: it says what it wanted to write.
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}

function fingerprint(directory: string, lock: string): string {
  const hash = createHash("sha256").update(process.version);
  for (const name of ["package.json", lock]) {
    const path = join(directory, name);
    hash.update(`\0${name}\0`).update(existsSync(path) ? readFileSync(path) : "");
  }
  return hash.digest("hex");
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...QUIET, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (part: Buffer): void => {
      output = (output + part.toString()).slice(-SHOWN);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) =>
      reject(new Error(`Cannot run ${command}: ${error.message}`, { cause: error })),
    );
    child.once("close", (status) => {
      if (status === 0) resolve();
      else reject(new Error(`${command} ${args.join(" ")} failed with status ${status}:\n${output.trim()}`));
    });
  });
}
