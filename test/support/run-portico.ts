import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the program to its end, killed after 30 s; `runtime` is the registry that it sees. */
export async function runPortico(
  args: readonly string[],
  { dir, runtime, env = {} }: { dir: string; runtime: string; env?: NodeJS.ProcessEnv },
): Promise<Run> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    cwd: dir,
    env: { ...process.env, ...env, PORTICO_RUNTIME_DIR: runtime },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  await once(child, "close");
  return { status: child.exitCode, ...output };
}
