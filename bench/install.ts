import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Tools } from "./peers/peer.ts";

const here = import.meta.dirname;
const root = join(here, "..");
const venv = join(here, ".venv");
const DEBIAN = ["nginx", "wrk", "uwsgi-core", "uwsgi-plugin-python3", "python3-venv", "util-linux"];

/** Peers that are packages, not programs. */
const PACKAGES = ["@hono/node-server", "express", "fastify", "hono", "srvx"];

/** What there is after installing, and what there is not. */
export interface Installed {
  readonly tools: Tools;
  /** Programs that could not be had, and why. */
  readonly missing: Readonly<Record<string, string>>;
  /** Names and versions, for the report. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Installs the peers: npm packages, a virtual environment, Debian's packages where we are root. What fails is missing, and the rest is measured. */
export function install(scratch: string): Installed {
  const failed: Record<string, string> = {};
  const attempt = (what: string, task: () => void): void => {
    try {
      task();
    } catch (error) {
      const said = (error as Error).message.trim().split("\n").slice(0, 5).join(" ").slice(0, 400);
      failed[what] = `could not be installed by ${what}: ${said}`;
      console.error(failed[what]);
    }
  };
  attempt("npm", npmPackages);
  attempt("apt", debianPackages);
  attempt("pip", pythonPackages);
  attempt("package", () => compile(scratch));

  const places: Record<string, readonly [path: string | undefined, installer: string]> = {
    bun: [npmProgram("bun"), "npm"],
    deno: [npmProgram("deno"), "npm"],
    pm2: [npmProgram("pm2"), "npm"],
    wattpm: [npmProgram("wattpm"), "npm"],
    portico: [present(join(scratch, "package", "dist", "main.js")), "package"],
    nginx: [onPath("nginx"), "apt"],
    uwsgi: [onPath("uwsgi"), "apt"],
    wrk: [onPath("wrk"), "apt"],
    venv: [present(join(venv, "bin", "python")), "pip"],
    gunicorn: [present(join(venv, "bin", "gunicorn")), "pip"],
    "waitress-serve": [present(join(venv, "bin", "waitress-serve")), "pip"],
    granian: [present(join(venv, "bin", "granian")), "pip"],
  };
  for (const name of PACKAGES) places[name] = [present(join(here, "node_modules", name)), "npm"];
  const programs: Record<string, string> = {};
  const missing: Record<string, string> = {};
  for (const [name, [path, installer]] of Object.entries(places)) {
    if (path) programs[name] = path;
    else missing[name] = failed[installer] ?? "is not installed";
  }
  return { tools: { node: process.execPath, programs, venv }, missing, versions: versions(programs) };
}

function npmPackages(): void {
  const done = join(here, "node_modules", ".package-lock.json");
  const lock = join(here, "package-lock.json");
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("npm ci");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], here);
}

function debianPackages(): void {
  if (process.getuid!() !== 0 || !onPath("apt-get")) return;
  const absent = DEBIAN.filter((name) => spawnSync("dpkg", ["-s", name]).status !== 0);
  if (absent.length === 0) return;
  console.log(`apt-get install ${absent.join(" ")}`);
  run("apt-get", ["update", "-qq"], here);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...absent], here);
}

/** Debian's Python where there is one: it is what Debian's uWSGI has inside, and all share one environment. */
function pythonPackages(): void {
  const wanted = readFileSync(join(here, "python", "requirements.txt"), "utf8");
  const stamp = join(venv, "installed.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("pip install");
  rmSync(venv, { recursive: true, force: true });
  run(present("/usr/bin/python3") ?? "python3", ["-m", "venv", venv], here);
  run(join(venv, "bin", "pip"), ["install", "--quiet", "-r", join(here, "python", "requirements.txt")], here);
  writeFileSync(stamp, wanted);
}

/** Portico as npm publishes it. */
function compile(scratch: string): void {
  const folder = join(scratch, "package");
  mkdirSync(folder, { recursive: true });
  const tsc = join(root, "node_modules", ".bin", "tsc");
  if (!existsSync(tsc)) throw new Error("needs TypeScript in the root's node_modules");
  run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(folder, "dist")], root);
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync(command, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"], timeout: 600_000 });
}

const present = (path: string): string | undefined => (existsSync(path) ? path : undefined);
const npmProgram = (name: string): string | undefined => present(join(here, "node_modules", ".bin", name));

/** Debian keeps servers where only root's PATH looks. */
function onPath(name: string): string | undefined {
  return `${process.env["PATH"]}:/usr/sbin`
    .split(":")
    .map((dir) => join(dir, name))
    .find((path) => existsSync(path));
}

function versions(programs: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = { node: process.version };
  const said = (command: string | undefined, flag = "--version"): string | undefined => {
    if (!command) return undefined;
    const { stdout, stderr } = spawnSync(command, [flag], { encoding: "utf8" });
    return /\d+\.\d+[\w.-]*/.exec(`${stdout}${stderr}`)?.[0];
  };
  const note = (name: string, version: string | undefined): void => {
    if (version) found[name] = version;
  };
  for (const name of ["bun", "deno", "uwsgi"]) note(name, said(programs[name]));
  note("nginx", said(programs["nginx"], "-v"));
  note("wrk", said(programs["wrk"], "-v"));
  note("Python", said(programs["venv"]));
  for (const name of [...PACKAGES, "pm2", "wattpm"]) {
    const file = join(here, "node_modules", name, "package.json");
    if (existsSync(file)) note(name, (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version);
  }
  if (programs["venv"]) {
    const { stdout } = spawnSync(join(venv, "bin", "pip"), ["freeze"], { encoding: "utf8" });
    for (const [, name, version] of stdout.matchAll(
      /^(flask|granian|gunicorn|gunicorn_h1c|waitress)==(.+)$/gim,
    ))
      note(name!.toLowerCase(), version);
  }
  return found;
}
