import { cache } from "./cache.ts";
import { dev } from "./dev.ts";
import { exitStatusOf } from "./exit-status-of.ts";
import { help, version } from "./help.ts";
import { logs } from "./logs.ts";
import { maintenance } from "./maintenance.ts";
import { nginx } from "./nginx.ts";
import type { Command, Program } from "./program.ts";
import { UsageError } from "./program.ts";
import { reload } from "./reload.ts";
import { run } from "./run.ts";
import { status } from "./status.ts";
import { stop } from "./stop.ts";
import { up } from "./up.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  dev,
  up,
  stop,
  reload,
  status,
  logs,
  nginx,
  cache,
  maintenance,
  help,
};

/** The command line: argv in, exit status out (docs/exit-statuses.md). Errors are told, never thrown. */
export async function commandLine(argv: readonly string[], program: Program): Promise<number> {
  try {
    return await obey(argv, program);
  } catch (error) {
    const { message, status: exitStatus } = exitStatusOf(error);
    if (program.tell) program.tell({ type: "failed", message, status: exitStatus });
    else program.err(`portico: ${message}\n`);
    return exitStatus;
  }
}

async function obey(argv: readonly string[], program: Program): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) return help([], program);
  if (argv.includes("--version")) return version([], program);
  const command = Object.hasOwn(COMMANDS, argv[0] ?? "") ? COMMANDS[argv[0]!] : undefined;
  if (command) return command(argv.slice(1), program);
  if (argv.length === 0)
    throw new UsageError(
      "Nothing to serve: name an app (portico hello.ts) or a configuration (portico hello.ini); portico --help tells more",
    );
  return run(argv, program);
}
