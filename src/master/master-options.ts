import type { GuardConfig, SendConfig } from "../channel/messages.ts";
import type { Log } from "../log/log.ts";
import type { Config } from "../options/config.ts";
import type { Companion } from "./companion.ts";
import type { Status } from "./control.ts";
import type { Registry } from "./registry.ts";

/** What a master is given: its configuration and the process it runs in. */
export interface MasterOptions {
  readonly config: Config;
  /** Reads the configuration again, for a reload. Throws ConfigError. */
  readonly reread: () => Config | Promise<Config>;
  readonly version: string;
  /** One worker, error pages, no gates: `portico dev`. */
  readonly dev: boolean;
  readonly log: Log;
  /** The log file, open for appending; undefined: this process's own stdout and stderr. */
  readonly logFd: number | undefined;
  /** The environment that workers start from. */
  readonly env: NodeJS.ProcessEnv;
  readonly registry: Registry | undefined;
  /** Programs to keep beside the workers, besides what `attach-daemon` names. */
  readonly companions: readonly Companion[];
  readonly cwd: string;
  /** For sockets between our own processes, where there is no registry. */
  readonly temporary: string;
  /** The folder of compiled code, for workers too. */
  readonly cache: string;
  /** Opens the log file anew (USR1); the new descriptor. */
  readonly reopenLog: () => number | undefined;
  /** What its listeners for HTTP on TCP are to keep of `[nginx]`. Throws where that is wrong. */
  readonly guards: (config: Config) => GuardConfig | undefined;
  /** Files that an app may have sent. Throws where what is said of them is wrong. */
  readonly sendFiles: (config: Config) => SendConfig | undefined;
  /** All workers are ready, for the first time. */
  readonly onReady: (status: Status) => void;
  /** Files that an app loaded (dev). */
  readonly onWatch: (files: readonly string[]) => void;
}
