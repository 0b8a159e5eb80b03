import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface CommandResult {
  /** undefined where it could not be started or was ended by a signal. */
  readonly status: number | undefined;
  /** What it said on stdout and stderr, trimmed. */
  readonly output: string;
}

/** Long enough for NGINX to resolve the names in a large configuration; milliseconds. */
const COMMAND_TIMEOUT = 30_000;

/** Runs a program to its end; one that takes longer than the limit is killed. Never throws. */
export async function runCommand(file: string, args: readonly string[]): Promise<CommandResult> {
  const directory = mkdtempSync(path.join(tmpdir(), "portico-command-"));
  const outputFile = path.join(directory, "output");
  // A file and no pipe: a daemon that NGINX becomes may hold on to its stderr.
  const output = openSync(outputFile, "w+", 0o600);
  try {
    const { status, reason } = await new Promise<{ status: number | undefined; reason: string }>(
      (resolve) => {
        const child = spawn(file, args, { stdio: ["ignore", output, output], timeout: COMMAND_TIMEOUT });
        child.once("error", (error) => resolve({ status: undefined, reason: error.message }));
        child.once("exit", (code, signal) =>
          resolve({
            status: code ?? undefined,
            reason: signal === null ? "" : `${path.basename(file)} was ended by ${signal}`,
          }),
        );
      },
    );
    return { status, output: `${readFileSync(outputFile, "utf8").trim()}\n${reason}`.trim() };
  } finally {
    closeSync(output);
    rmSync(directory, { recursive: true, force: true });
  }
}
