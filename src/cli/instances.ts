import { existsSync, realpathSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Instance } from "../master/registry.ts";
import { NotRunningError, type Program } from "./program.ts";
import { registry } from "./registry.ts";

/**
 * The running instances that the arguments mean: a pid, a name, an ini file or a directory; without
 * any, those that serve from this directory.
 * @throws NotRunningError, which names what else runs.
 */
export function instances(argv: readonly string[], program: Program): Instance[] {
  const all = registry(program)?.list() ?? [];
  const target = argv.find((argument) => !argument.startsWith("-"));
  const found = all.filter((instance) =>
    target === undefined ? isHere(instance, program.cwd) : matches(instance, target, program.cwd),
  );
  if (found.length > 0) return found;
  const what = target === undefined ? `serves from ${program.cwd}` : `matches ${target}`;
  const others = all.map(({ name, pid, chdir }) => `${name} (pid ${pid}, ${chdir})`).join(", ");
  throw new NotRunningError(`No running instance ${what}${others === "" ? "" : `; running: ${others}`}`);
}

/** @throws NotRunningError where there is none, or more than one and no telling which. */
export function oneInstance(argv: readonly string[], program: Program): Instance {
  const found = instances(argv, program);
  if (found.length > 1)
    throw new NotRunningError(
      `Several instances run here, name one by its pid: ${found.map(({ name, pid }) => `${name} (pid ${pid})`).join(", ")}`,
    );
  return found[0]!;
}

function isHere(instance: Instance, cwd: string): boolean {
  const here = real(cwd);
  return real(instance.cwd) === here || real(instance.chdir) === here;
}

function matches(instance: Instance, target: string, cwd: string): boolean {
  if (String(instance.pid) === target || instance.name === target) return true;
  const path = resolve(cwd, target);
  if (!existsSync(path)) return false;
  if (instance.file !== undefined)
    return real(instance.file) === real(path) || real(instance.chdir) === real(path);
  return (
    real(instance.chdir) === real(path) ||
    (instance.name === basename(path).replace(/\.[^.]*$/, "") && isHere(instance, resolve(path, "..")))
  );
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
