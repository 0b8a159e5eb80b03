import type { Server } from "node:net";
import type { Log } from "../log/log.ts";
import { type Config, restartNeeded } from "../options/config.ts";
import { type ReloadResult, type Status, serveControl } from "./control.ts";
import { Listeners } from "./listeners.ts";
import { removePidfile, writePidfile } from "./pidfile.ts";
import type { Registry } from "./registry.ts";
import { ReloadQueue } from "./reload-queue.ts";
import { type Order, SIGNALS } from "./signals.ts";
import type { Limits } from "./state.ts";
import { TouchWatch } from "./touch.ts";
import { type Credentials, credentials, groupId, userId } from "./user.ts";
import { workerConfig, workerEnv } from "./worker-config.ts";
import type { WorkerOptions } from "./worker-handle.ts";
import { WorkerPool } from "./worker-pool.ts";

/** Milliseconds between looks at time limits and touched files. */
const TICK = 1_000;
/** Milliseconds that an app may take to load. */
const BOOT_LIMIT = 120_000;

export interface MasterOptions {
  readonly config: Config;
  /** Reads the configuration again, for a reload. Throws ConfigError. */
  readonly reread: () => Config;
  readonly version: string;
  /** One worker, error pages, no gates: `portico dev`. */
  readonly dev: boolean;
  readonly log: Log;
  /** The log file, open for appending; undefined: this process's own stdout and stderr. */
  readonly logFd: number | undefined;
  /** The environment that workers start from. */
  readonly env: NodeJS.ProcessEnv;
  readonly registry: Registry | undefined;
  readonly cwd: string;
  /** The folder of compiled code, for workers too. */
  readonly cache: string;
  /** Opens the log file anew (USR1); the new descriptor. */
  readonly reopenLog: () => number | undefined;
  /** All workers are ready, for the first time. */
  readonly onReady: (status: Status) => void;
  /** Files that an app loaded (dev). */
  readonly onWatch: (files: readonly string[]) => void;
}

/** The master: keeps listeners and a pool of workers, obeys signals and orders, touches no request. */
export class Master {
  readonly #options: MasterOptions;
  readonly #log: Log;
  readonly #pool: WorkerPool;
  readonly #reloads = new ReloadQueue();
  readonly #startedAt = Date.now();
  #config: Config;
  /** The configuration to go back to when a reload fails. */
  #before: Config | undefined;
  #limits: Limits;
  #touch: TouchWatch;
  #listeners!: Listeners;
  #credentials!: Credentials;
  #logFd: number | undefined;
  #control: Server | undefined;
  #extraWorkers = 0;
  #failure = "";

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#config = options.config;
    this.#logFd = options.logFd;
    this.#limits = this.#limitsOf(options.config);
    this.#touch = new TouchWatch(options.config.touchReload);
    this.#pool = new WorkerPool(options.config.processes, {
      log: options.log,
      limits: () => this.#limits,
      needApp: () => this.#config.needApp,
      workerOptions: (...place) => this.#workerOptions(...place),
      onReady: () => void this.status().then(options.onReady),
      onReloaded: (result) => this.#reloaded(result),
      onGone: (failure) => this.#gone(failure),
      onWatch: options.onWatch,
    });
  }

  /** Why the app could not be loaded at the start; "" when it was. */
  get failure(): string {
    return this.#failure;
  }

  /**
   * Runs until it is told to stop. @returns the exit status: 0, or 1 where the app could not be loaded.
   * @throws ListenError, UserError before anything was started.
   */
  async run(): Promise<number> {
    const config = this.#config;
    this.#credentials = credentials(config.uid, config.gid);
    if (config.umask !== undefined) process.umask(config.umask);
    // Bound by whoever may; the workers, who run the app, are others.
    this.#listeners = await Listeners.bind(config, {
      mode: config.chmodSocket ?? 0o666,
      uid: config.chownSocket?.user === undefined ? undefined : userId(config.chownSocket.user),
      gid: config.chownSocket?.group === undefined ? undefined : groupId(config.chownSocket.group),
    });
    if (config.pidfile !== undefined) writePidfile(config.pidfile);
    await this.#register();
    for (const [signal, order] of Object.entries(SIGNALS) as [NodeJS.Signals, Order][])
      process.on(signal, () => this.#obey(order, signal));
    const tick = setInterval(() => this.#tick(), TICK);
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    this.#pool.step();
    await finished;
    clearInterval(tick);
    this.#cleanUp();
    return this.#failure === "" ? 0 : 1;
  }
  #finish!: () => void;

  reload(why: string): Promise<ReloadResult> {
    return this.#reloads.ask(this.#pool.reloading, () => this.#beginReload(why));
  }

  stop(why: string): void {
    if (!this.#pool.stopping) this.#log.info(`stopping: ${why}`);
    this.#pool.stop();
  }

  async status(): Promise<Status> {
    const { name, file, chdir, daemonize, logto } = this.#config;
    return {
      name,
      pid: process.pid,
      version: this.#options.version,
      node: process.version,
      file,
      chdir,
      log: daemonize ?? logto,
      generation: this.#pool.generation,
      uptime: (Date.now() - this.#startedAt) / 1000,
      rss: process.memoryUsage.rss(),
      listeners: this.#listeners.described,
      url: this.#listeners.url,
      workers: await this.#pool.status(),
    };
  }

  #workerOptions(id: number, generation: number, wanted: number): WorkerOptions {
    const { dev, env, cache } = this.#options;
    return {
      id,
      generation,
      listeners: this.#listeners.forWorker(id, wanted),
      config: workerConfig(this.#config, dev),
      credentials: this.#credentials,
      env: workerEnv(this.#config, env, dev),
      cache,
      logFd: this.#logFd,
    };
  }

  #beginReload(why: string): void {
    let config: Config;
    try {
      config = this.#options.reread();
    } catch (error) {
      this.#reloaded({ ok: false, message: (error as Error).message });
      return;
    }
    this.#log.info(`reloading: ${why}`);
    this.#before = this.#config;
    this.#use(config);
    this.#pool.reload(Math.max(1, config.processes + this.#extraWorkers));
  }

  #reloaded(result: { ok: true; generation: number } | { ok: false; message: string }): void {
    let told: ReloadResult;
    if (result.ok) {
      told = { ...result, notes: restartNotes(this.#before, this.#config) };
      this.#log.info(`reloaded: generation ${result.generation}`);
      for (const note of told.notes) this.#log.warn(note);
    } else {
      told = result;
      this.#log.error(`the reload failed, the workers that served before go on: ${result.message}`);
      if (this.#before) this.#use(this.#before);
    }
    this.#before = undefined;
    if (this.#reloads.end(told)) setImmediate(() => this.#beginReload("something changed meanwhile"));
  }

  #use(config: Config): void {
    this.#config = config;
    this.#limits = this.#limitsOf(config);
    this.#touch = new TouchWatch(config.touchReload);
  }

  #gone(failure: string | undefined): void {
    if (failure !== undefined) {
      this.#failure = failure;
      this.#log.error("stopped: the app could not be loaded");
    }
    this.#finish();
  }

  #obey(order: Order, signal: string): void {
    switch (order) {
      case "stop":
        // Ctrl-C a second time: no more waiting.
        if (signal === "SIGINT" && this.#pool.stopping) this.#pool.quit();
        else this.stop(signal);
        break;
      case "quit":
        this.#pool.quit();
        break;
      case "reload":
        void this.reload(signal);
        break;
      case "reopen-logs":
        this.#logFd = this.#options.reopenLog();
        // Workers inherit the new file: a descriptor cannot be swapped in a running process.
        void this.reload("the log was reopened");
        break;
      case "add-worker":
      case "remove-worker": {
        const extra = this.#extraWorkers + (order === "add-worker" ? 1 : -1);
        this.#extraWorkers = Math.max(1 - this.#config.processes, extra);
        void this.reload(signal);
        break;
      }
    }
  }

  #tick(): void {
    const touched = this.#touch.touched();
    if (touched !== undefined) void this.reload(`${touched} was touched`);
    this.#pool.step();
  }

  async #register(): Promise<void> {
    const { registry, cwd } = this.#options;
    if (!registry) return;
    const { name, chdir, file, daemonize, logto } = this.#config;
    try {
      const instance = registry.add({ pid: process.pid, name, chdir, cwd, file, log: daemonize ?? logto });
      this.#control = await serveControl(instance.control, {
        status: () => this.status(),
        reload: () => this.reload("asked for"),
        stop: async () => {
          setImmediate(() => this.stop("asked for"));
          return { ok: true };
        },
      });
    } catch (error) {
      this.#log.warn(`status, reload and stop will not find this instance: ${(error as Error).message}`);
    }
  }

  #cleanUp(): void {
    for (const signal of Object.keys(SIGNALS)) process.removeAllListeners(signal);
    const { vacuum, pidfile } = this.#config;
    if (vacuum) {
      this.#listeners.vacuum(this.#log);
      const error = pidfile === undefined ? undefined : removePidfile(pidfile);
      if (error !== undefined) this.#log.warn(`Cannot vacuum ${pidfile}: ${error}`);
    }
    this.#control?.close();
    this.#options.registry?.remove(process.pid);
  }

  #limitsOf(config: Config): Limits {
    return {
      reloadMercy: this.#options.dev ? 500 : config.workerReloadMercy * 1000,
      stopMercy: this.#options.dev ? 500 : config.reloadMercy * 1000,
      heartbeat: this.#options.dev ? 0 : config.heartbeatTimeout * 1000,
      boot: BOOT_LIMIT,
    };
  }
}

function restartNotes(before: Config | undefined, after: Config): string[] {
  const names = before ? restartNeeded(before, after) : [];
  return names.length === 0 ? [] : [`changed, but only a restart applies it: ${names.join(", ")}`];
}
