import type { Environment } from "../options/config.ts";

/** What a command gets from the process it runs in. */
export interface Program {
  readonly version: string;
  /** The file that node was started with. */
  readonly main: string;
  /** The folder of compiled code. */
  readonly cache: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Tells the caller of --daemonize how the start went; undefined in every other process. */
  readonly tell: ((message: DaemonMessage) => void) | undefined;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal that a person looks at. */
  readonly terminal: boolean;
  readonly columns: number;
  /** The folder for temporary files. */
  readonly temporary: string;
  readonly environment: Environment;
}

/** A command of the command line: its own arguments in, the exit status out. */
export type Command = (argv: readonly string[], program: Program) => Promise<number> | number;

/** What a daemon says to the one who started it. */
export type DaemonMessage =
  | {
      readonly type: "ready";
      readonly pid: number;
      readonly workers: number;
      readonly url: string | undefined;
      readonly listeners: readonly string[];
    }
  | { readonly type: "failed"; readonly message: string; readonly status: number };

/** A command line that cannot be obeyed; exit status 2. */
export class UsageError extends Error {}

/** Nothing runs that the command could be meant for; exit status 4. */
export class NotRunningError extends Error {}
