import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "../log/log.ts";
import { type Companion, CompanionError, type CompanionStatus, restartWait, STEADY } from "./companion.ts";
import { guardOrphan } from "./orphan-guard.ts";
import type { Credentials } from "./user.ts";

export interface CompanionHost {
  readonly log: Log;
  /** Where its stdout and stderr go; undefined: where the master's do. */
  logFd(): number | undefined;
  /** The environment and the user of those behind; a front has the master's. */
  env(companion: Companion): NodeJS.ProcessEnv;
  credentials(companion: Companion): Credentials;
  /** Milliseconds that one has to end when the master was killed. */
  mercy(): number;
}

/** Milliseconds that one which was asked to end immediately has, before it is killed. */
const KILL_AFTER = 1_000;

/** One companion under supervision: started again when it ends by itself, later each time it fails. */
export class CompanionProcess {
  readonly companion: Companion;
  readonly #host: CompanionHost;
  #child: ChildProcess | undefined;
  #phase: CompanionStatus["phase"] = "stopped";
  #startedAt = 0;
  #failures = 0;
  #restarts = 0;
  #timer: NodeJS.Timeout | undefined;
  #exited = Promise.resolve();
  #wanted = false;

  constructor(companion: Companion, host: CompanionHost) {
    this.companion = companion;
    this.#host = host;
  }

  /** Resolves when it serves. @throws Error where it does not; it is not tried again then. */
  async start(): Promise<void> {
    this.#wanted = true;
    try {
      await this.#launch();
    } catch (error) {
      await this.stop(0);
      throw error;
    }
    if (this.#wanted) this.#host.log.info(`${this.companion.name} is ready: pid ${this.#child?.pid}`);
  }

  /** Asks it to end; what is left of it after `mercy` milliseconds is ended without asking. */
  async stop(mercy: number): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#timer);
    const terminate = setTimeout(() => this.#signal("SIGTERM"), mercy);
    const kill = setTimeout(() => this.#signal("SIGKILL"), mercy + KILL_AFTER);
    this.#signal(mercy === 0 ? "SIGTERM" : this.companion.stopSignal);
    await this.#exited;
    clearTimeout(terminate);
    clearTimeout(kill);
    this.#phase = "stopped";
  }

  /** A new process in the place of this one. */
  async restart(mercy: number): Promise<void> {
    await this.stop(mercy);
    this.#failures = 0;
    this.#wanted = true;
    await this.#relaunch();
  }

  reopenLogs(): void {
    if (this.companion.reopenSignal !== undefined) this.#signal(this.companion.reopenSignal);
  }

  status(): CompanionStatus {
    return {
      name: this.companion.name,
      pid: this.#child?.pid,
      phase: this.#phase,
      uptime: this.#child === undefined ? 0 : (performance.now() - this.#startedAt) / 1000,
      restarts: this.#restarts,
    };
  }

  /** @throws Error where it ends, or cannot be started, before it serves. */
  async #launch(): Promise<void> {
    const { companion } = this;
    this.#phase = "starting";
    const { file, args, cwd } = await companion.prepare();
    if (!this.#wanted) return;
    const output = this.#host.logFd() ?? "inherit";
    const { uid, gid } = this.#host.credentials(companion);
    // A group of its own: Ctrl-C is for the master alone, and what a dead one leaves behind can be found.
    const child = spawn(file, args, {
      cwd,
      env: this.#host.env(companion),
      stdio: ["ignore", output, output],
      detached: true,
      ...(gid === undefined ? {} : { gid }),
      ...(uid === undefined ? {} : { uid }),
    });
    this.#child = child;
    this.#startedAt = performance.now();
    const dismiss = this.#guard(child);
    const exit = new AbortController();
    let end = "";
    this.#exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (exit.signal.aborted) return;
        end = how;
        dismiss();
        this.#ended(child, how);
        exit.abort();
        resolve();
      };
      child.once("error", (error) => ended(`cannot be started: ${error.message}`));
      child.once("exit", (code, signal) =>
        ended(signal === null ? `exited with status ${code}` : `was killed by ${signal}`),
      );
    });
    await companion.ready(exit.signal);
    if (!this.#wanted) return;
    if (exit.signal.aborted) throw new CompanionError(`${companion.name} ${end} before it was ready`);
    this.#phase = "running";
  }

  /** @returns ends the guarding */
  #guard({ pid }: ChildProcess): () => void {
    if (pid === undefined) return () => {};
    return guardOrphan(pid, this.companion.stopSignal, this.#host.mercy(), this.#host.env(this.companion));
  }

  #ended(child: ChildProcess, how: string): void {
    // Children that outlive it would hold its sockets: NGINX's workers do.
    if (child.pid !== undefined) signalGroup(child.pid, this.companion.stopSignal);
    this.#child = undefined;
    if (this.#wanted && this.#phase === "running") this.#failed(`it ${how}`);
  }

  #failed(why: string): void {
    if (!this.#wanted) return;
    const steady = this.#phase === "running" && performance.now() - this.#startedAt >= STEADY;
    this.#failures = steady ? 0 : this.#failures + 1;
    const wait = restartWait(this.#failures);
    const when = wait === 0 ? "" : ` in ${wait / 1000} s`;
    this.#host.log.error(`${this.companion.name}: ${why}; it is started again${when}`);
    this.#phase = "waiting";
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      void this.#relaunch();
    }, wait);
  }

  async #relaunch(): Promise<void> {
    try {
      await this.#launch();
      if (this.#wanted) this.#host.log.info(`${this.companion.name} is back: pid ${this.#child?.pid}`);
    } catch (error) {
      if (this.#child?.pid !== undefined) signalGroup(this.#child.pid, "SIGTERM");
      await this.#exited;
      this.#failed((error as Error).message);
    }
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    // To the one process, which tells its children itself; only what ends at once is for all of them.
    if (signal === "SIGKILL") signalGroup(pid, signal);
    else this.#child?.kill(signal);
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody is left in it.
  }
}
