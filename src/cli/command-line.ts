import type { Command, Program } from "./program.ts";
import { UsageError } from "./program.ts";
import { run } from "./run.ts";

/** A master needs none of them, and stays small. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  dev: async () => (await import("./dev.ts")).dev,
  up: async () => (await import("./up.ts")).up,
  stop: async () => (await import("./stop.ts")).stop,
  reload: async () => (await import("./reload.ts")).reload,
  status: async () => (await import("./status.ts")).status,
  logs: async () => (await import("./logs.ts")).logs,
  cache: async () => (await import("./cache.ts")).cache,
  maintenance: async () => (await import("./maintenance.ts")).maintenance,
  nginx: async () => (await import("./nginx.ts")).nginx,
  help: async () => (await import("./help.ts")).help,
};

/** The command line: argv in, exit status out (docs/exit-statuses.md). Errors are told, never thrown. */
export async function commandLine(argv: readonly string[], program: Program): Promise<number> {
  try {
    return await obey(argv, program);
  } catch (error) {
    const { exitStatusOf } = await import("./exit-status-of.ts");
    const { message, status: exitStatus } = exitStatusOf(error);
    if (program.tell) program.tell({ type: "failed", message, status: exitStatus });
    else program.err(`portico: ${message}\n`);
    return exitStatus;
  }
}

async function obey(argv: readonly string[], program: Program): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) return (await COMMANDS["help"]!())([], program);
  if (argv.includes("--version")) return (await import("./help.ts")).version([], program);
  const command = Object.hasOwn(COMMANDS, argv[0] ?? "") ? COMMANDS[argv[0]!] : undefined;
  if (command) return (await command())(argv.slice(1), program);
  if (argv.length === 0)
    throw new UsageError(
      "Nothing to serve: name an app (portico hello.ts) or a configuration (portico hello.ini); portico --help tells more",
    );
  return run(argv, program);
}
