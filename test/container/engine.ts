import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Makes podman work on a bare Debian host; it stands beside the checkout where there is one. */
const TOOL = fileURLToPath(new URL("../../../shared/tools/container-engine", import.meta.url));
const BASE_IMAGE = "docker.io/library/node:26-bookworm-slim";
/** Bytes of output that a command may have. */
const OUTPUT = 16 * 1024 * 1024;

/** Why containers cannot be tested here, for `skip`; false: they can, or they must be made to. */
export function whyNoEngine(): string | false {
  if (hasPodman() || existsSync(TOOL)) return false;
  return "podman is not installed, and ../shared/tools/container-engine, which installs it, is not there";
}

/**
 * Makes sure that podman and the base image are there, with the tool where they are not.
 * @throws Error that tells what to do.
 */
export async function engineUp(): Promise<void> {
  if (hasPodman() && (!existsSync(TOOL) || hasBaseImage())) return;
  if (process.getuid?.() !== 0)
    throw new Error(
      `Cannot test the container: podman or its base image is missing; run as root: ${TOOL} up`,
    );
  const { status, stdout, stderr } = await command(TOOL, ["up"]);
  if (status !== 0) throw new Error(`Cannot test the container: ${TOOL} up failed:\n${stdout}${stderr}`);
}

/** Builds the image of this checkout. */
export async function buildImage(name: string, ...args: string[]): Promise<void> {
  // Only the docker format has a HEALTHCHECK.
  const pull = hasBaseImage() ? ["--pull=never"] : [];
  await podman("build", ...pull, "--format", "docker", ...args, "--tag", name, ROOT);
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs podman, which is to succeed. @returns what it said on stdout, trimmed. */
export async function podman(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await tryPodman(...args);
  if (status !== 0)
    throw new Error(`podman ${args.join(" ")} failed with status ${status}:\n${stdout}${stderr}`);
  return stdout.trim();
}

export function tryPodman(...args: string[]): Promise<CommandResult> {
  return command("podman", args);
}

function command(file: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: OUTPUT }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ status, stdout, stderr: error === null || stderr !== "" ? stderr : error.message });
    });
  });
}

function hasPodman(): boolean {
  return spawnSync("podman", ["--version"]).status === 0;
}

function hasBaseImage(): boolean {
  return spawnSync("podman", ["image", "exists", BASE_IMAGE]).status === 0;
}
