import { readFileSync } from "node:fs";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { dev } from "./cli/dev.ts";
import { exitStatusOf } from "./cli/exit-status-of.ts";
import { help, version } from "./cli/help.ts";
import { logs } from "./cli/logs.ts";
import { nginx } from "./cli/nginx.ts";
import { type Command, type Program, UsageError } from "./cli/program.ts";
import { reload } from "./cli/reload.ts";
import { run } from "./cli/run.ts";
import { status } from "./cli/status.ts";
import { stop } from "./cli/stop.ts";
import { up } from "./cli/up.ts";

/** argv in, exit status out. The one place that reads process.env and ends the process. */
const COMMANDS: Record<string, Command> = { dev, up, stop, reload, status, logs, nginx, help };

const { version: packageVersion } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
) as { version: string };
const [, , ...argv] = process.argv;
const env = { ...process.env };
// Set for the process that daemonize starts, and not meant for anything that this one starts.
const daemon = env["PORTICO_DAEMON"] === "1" && process.send !== undefined;
delete env["PORTICO_DAEMON"];

const program: Program = {
  version: packageVersion,
  main: process.argv[1]!,
  cwd: process.cwd(),
  env,
  tell: daemon ? (message) => process.send!(message) : undefined,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  terminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
  temporary: tmpdir(),
  environment: {
    cwd: process.cwd(),
    env,
    cores: availableParallelism(),
    hostname: hostname(),
    readFile: (path) => readFileSync(path, "utf8"),
  },
};

async function main(): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) return help([], program);
  if (argv.includes("--version")) return version([], program);
  const command = COMMANDS[argv[0] ?? ""];
  if (command) return command(argv.slice(1), program);
  if (argv.length === 0)
    throw new UsageError(
      "Nothing to serve: name an app (portico hello.ts) or a configuration (portico hello.ini); portico --help tells more",
    );
  return run(argv, program);
}

main().then(
  (exitStatus) => process.exit(exitStatus),
  (error: unknown) => {
    const { message, status: exitStatus } = exitStatusOf(error);
    if (program.tell) program.tell({ type: "failed", message, status: exitStatus });
    else process.stderr.write(`portico: ${message}\n`);
    process.exit(exitStatus);
  },
);
