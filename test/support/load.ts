import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What a load came to. */
export interface LoadOutcome {
  readonly requests: number;
  /** One line for each request that failed. */
  readonly failures: string[];
  /** How often each text was answered. */
  readonly answers: Record<string, number>;
}

const PROCESS = fileURLToPath(new URL("load-process.ts", import.meta.url));

/** Starts asking from a second process, on `clients` kept connections; `stop` ends it and tells. */
export async function startLoad(
  port: number,
  clients: number,
  path = "/",
): Promise<{ stop(): Promise<LoadOutcome> }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", PROCESS, String(port), String(clients), path],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  // It ends by itself after a minute, which may be before it is told to.
  const closed = once(child, "close");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  await once(child.stdout, "data");
  return {
    async stop() {
      child.stdin.end();
      await closed;
      return JSON.parse(output.trim().split("\n").at(-1)!) as LoadOutcome;
    },
  };
}
