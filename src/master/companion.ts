import type { Config } from "../options/config.ts";

/** A program that the master keeps beside its workers: a private NGINX, what `attach-daemon` names. */
export interface Companion {
  /** What the log calls it. */
  readonly name: string;
  /** "front": started when the workers serve, and stopped before them. "behind": the other way round. */
  readonly place: "front" | "behind";
  /** Asks it to finish what it does and to go. */
  readonly stopSignal: NodeJS.Signals;
  /** Asks it to open its logs anew. */
  readonly reopenSignal?: NodeJS.Signals;
  /**
   * What to run; called before each start, to lay out what it reads.
   * @throws Error that says why it cannot be run
   */
  prepare(): Promise<CompanionCommand> | CompanionCommand;
  /**
   * Resolves when it serves.
   * @param exited tells that there is nothing to wait for any more
   * @throws Error that says why it will not
   */
  ready(exited: AbortSignal): Promise<void>;
  /**
   * Looks at a new configuration before any worker is replaced by it.
   * @returns how to bring it into force; undefined: nothing to do; "restart": by a new process
   * @throws Error that says why it cannot be used
   */
  reload(config: Config): Promise<(() => Promise<void>) | undefined> | "restart";
  /** What it listens on, for people: "nginx 0.0.0.0:5000". */
  listeners(): readonly string[];
  /** Where a browser finds it. */
  url(): string | undefined;
}

export interface CompanionCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

/** What a companion looks like from outside. */
export interface CompanionStatus {
  readonly name: string;
  /** undefined while it is not running. */
  readonly pid: number | undefined;
  readonly phase: "starting" | "running" | "waiting" | "stopped";
  /** Seconds since its last start. */
  readonly uptime: number;
  /** How often it was started again after it had ended by itself. */
  readonly restarts: number;
}

/** A companion that could not be started; exit status 1. */
export class CompanionError extends Error {}

/** Milliseconds: the first wait after a failure; it doubles up to the last. */
const FIRST_WAIT = 500;
const LAST_WAIT = 30_000;
/** One that ran for so long did not fail at its start, milliseconds. */
export const STEADY = 10_000;

/**
 * Milliseconds to wait before a companion that has ended is started again.
 * @param failures how often it has ended in a row before it was steady, this time too; 0: it was steady
 */
export function restartWait(failures: number): number {
  return failures === 0 ? 0 : Math.min(FIRST_WAIT * 2 ** (failures - 1), LAST_WAIT);
}
