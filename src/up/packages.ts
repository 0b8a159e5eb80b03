import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { isInstalledByNpm } from "./installed.ts";
import { isReadOnly } from "./read-only.ts";

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
  await runCommand(manager.command, args, directory, { ...QUIET, ...env });
  if (existsSync(join(directory, "node_modules"))) writeFileSync(stamp, fingerprint(directory, manager.lock));
  return `${manager.command} ${args.join(" ")}`;
}

function fingerprint(directory: string, lock: string): string {
  const hash = createHash("sha256").update(process.version);
  for (const name of ["package.json", lock]) {
    const path = join(directory, name);
    hash.update(`\0${name}\0`).update(existsSync(path) ? readFileSync(path) : "");
  }
  return hash.digest("hex");
}
