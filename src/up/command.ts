import { spawn } from "node:child_process";

/** Characters of a failed program that are shown. */
const SHOWN = 2_000;

/**
 * Runs a program to its end.
 * @throws Error with its last words, where it failed or is not there
 */
export function runCommand(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
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
