import type { Server } from "node:net";
import type { Log } from "../log/log.ts";
import { type Config, restartNeeded } from "../options/config.ts";
import { type ReloadResult, type Status, serveControl } from "./control.ts";
import { findInterpreter } from "./interpreter.ts";
import { Listeners } from "./listeners.ts";
import { removePidfile, writePidfile } from "./pidfile.ts";
import { type Plan, type PoolPlan, planOf } from "./plan.ts";
import { Pools } from "./pools.ts";
import type { Registry } from "./registry.ts";
import { ReloadQueue } from "./reload-queue.ts";
import { shrinkHeap } from "./shrink-heap.ts";
import { type Order, SIGNALS } from "./signals.ts";
import type { Limits } from "./state.ts";
import { TouchWatch } from "./touch.ts";
import { type Credentials, credentials, groupId, userId } from "./user.ts";
import { workerConfig, workerEnv } from "./worker-config.ts";
import type { WorkerOptions } from "./worker-handle.ts";
import type { StartFailure } from "./worker-pool.ts";

/** Milliseconds between looks at time limits and touched files. */
const TICK = 1_000;
/** Milliseconds that an app may take to load. */
const BOOT_LIMIT = 120_000;
/** Milliseconds after the workers' start, when there is nothing left to do. */
const SETTLED = 2_000;

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
  /** For sockets between our own processes, where there is no registry. */
  readonly temporary: string;
  /** The folder of compiled code, for workers too. */
  readonly cache: string;
  /** Opens the log file anew (USR1); the new descriptor. */
  readonly reopenLog: () => number | undefined;
  /** All workers are ready, for the first time. */
  readonly onReady: (status: Status) => void;
  /** Files that an app loaded (dev). */
  readonly onWatch: (files: readonly string[]) => void;
}

/** The master: keeps listeners and pools of workers, obeys signals and orders, touches no request. */
export class Master {
  readonly #options: MasterOptions;
  readonly #log: Log;
  readonly #pools: Pools;
  readonly #plan: Plan;
  readonly #reloads = new ReloadQueue();
  readonly #startedAt = Date.now();
  #config: Config;
  /** The configuration to go back to when a reload fails. */
  #before: Config | undefined;
  #touch: TouchWatch;
  #listeners!: Listeners;
  #credentials!: Credentials;
  #logFd: number | undefined;
  #control: Server | undefined;
  /** The Python that runs workers; undefined where no app is in Python. */
  #python: string | undefined;
  #extraWorkers = 0;
  #failure = "";

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#config = options.config;
    this.#logFd = options.logFd;
    this.#touch = new TouchWatch(options.config.touchReload);
    this.#plan = planOf(options.config, options.registry?.folder ?? options.temporary);
    this.#pools = new Pools(this.#plan.pools, {
      log: options.log,
      limits: (pool) => this.#limitsOf(this.#config, pool),
      needApp: () => this.#config.needApp,
      workerOptions: (...place) => this.#workerOptions(...place),
      onReady: () => {
        void this.status().then(options.onReady);
        setTimeout(shrinkHeap, SETTLED).unref();
      },
      onReloaded: (result) => this.#reloaded(result),
      onGone: (failure) => this.#gone(failure),
      onWatch: options.onWatch,
    });
  }

  /** Why it could not be started, an app that could not be loaded above all; "" when it was. */
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
    this.#useInterpreter(config);
    // Bound by whoever may; the workers, who run the app, are others.
    this.#listeners = await Listeners.bind(
      this.#plan.listen,
      config.listen,
      {
        mode: config.chmodSocket ?? 0o666,
        uid: config.chownSocket?.user === undefined ? undefined : userId(config.chownSocket.user),
        gid: config.chownSocket?.group === undefined ? undefined : groupId(config.chownSocket.group),
      },
      { mode: 0o600, ...this.#credentials },
    );
    if (config.pidfile !== undefined) writePidfile(config.pidfile);
    for (const [signal, order] of Object.entries(SIGNALS) as [NodeJS.Signals, Order][])
      process.on(signal, () => this.#obey(order, signal));
    const tick = setInterval(() => this.#tick(), TICK);
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    this.#pools.step();
    // Workers start meanwhile.
    await this.#register();
    await finished;
    clearInterval(tick);
    this.#cleanUp();
    return this.#failure === "" ? 0 : 1;
  }
  #finish!: () => void;

  /** @param app the name of the pool to reload; undefined: all of them */
  reload(why: string, app?: string): Promise<ReloadResult> {
    if (app !== undefined && !this.#plan.pools.some(({ name }) => name === app)) {
      const names = this.#plan.pools.map(({ name }) => name).join(", ");
      return Promise.resolve({ ok: false, message: `there is no app ${app}, only ${names}` });
    }
    return this.#reloads.ask(this.#pools.reloading, () => this.#beginReload(why, app));
  }

  stop(why: string): void {
    if (!this.#pools.stopping) this.#log.info(`stopping: ${why}`);
    this.#pools.stop();
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
      generation: this.#pools.generation,
      uptime: (Date.now() - this.#startedAt) / 1000,
      rss: process.memoryUsage.rss(),
      listeners: this.#listeners.described,
      url: this.#listeners.url,
      workers: await this.#pools.status(),
    };
  }

  #workerOptions(pool: PoolPlan, id: number, generation: number, wanted: number): WorkerOptions {
    const { dev, env, cache, temporary } = this.#options;
    return {
      id,
      generation,
      listeners: this.#listeners.forWorker(pool.name, id, wanted),
      config: workerConfig(this.#config, pool, this.#plan.routes, dev),
      python: this.#python,
      credentials: this.#credentials,
      env: workerEnv(this.#config, env, dev),
      cache,
      temporary,
      logFd: this.#logFd,
    };
  }

  #useInterpreter(config: Config): void {
    if (!this.#plan.pools.some(({ kind }) => kind === "python")) return;
    const { path, version, why } = findInterpreter(config, this.#options.env);
    if (path !== this.#python) this.#log.info(`Python apps run on ${path}, ${version}: ${why}`);
    this.#python = path;
  }

  #beginReload(why: string, app?: string): void {
    let config: Config;
    try {
      config = this.#options.reread();
      this.#useInterpreter(config);
    } catch (error) {
      this.#reloaded({ ok: false, message: (error as Error).message });
      return;
    }
    this.#log.info(`reloading: ${why}`);
    this.#before = this.#config;
    this.#use(config);
    const wanted = Math.max(1, config.processes + this.#extraWorkers);
    this.#pools.reload(
      (pool) => (pool.kind === "router" ? pool.processes : wanted),
      // In dev it is the app that changed, never what stands in front of it.
      (pool) => (app === undefined ? !this.#options.dev || pool.kind !== "router" : pool.name === app),
    );
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
    this.#touch = new TouchWatch(config.touchReload);
  }

  #gone(failure: StartFailure | undefined): void {
    if (failure !== undefined) {
      this.#failure = failure.message;
      this.#log.error(`stopped: ${failure.what}`);
    }
    this.#finish();
  }

  #obey(order: Order, signal: string): void {
    switch (order) {
      case "stop":
        // Ctrl-C a second time: no more waiting.
        if (signal === "SIGINT" && this.#pools.stopping) this.#pools.quit();
        else this.stop(signal);
        break;
      case "quit":
        this.#pools.quit();
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
    this.#pools.step();
  }

  async #register(): Promise<void> {
    const { registry, cwd } = this.#options;
    if (!registry) return;
    const { name, chdir, file, daemonize, logto } = this.#config;
    try {
      const instance = registry.add({ pid: process.pid, name, chdir, cwd, file, log: daemonize ?? logto });
      this.#control = await serveControl(instance.control, {
        status: () => this.status(),
        reload: (app) => this.reload(app === undefined ? "asked for" : `${app}, asked for`, app),
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
    this.#listeners.vacuum(this.#log, vacuum);
    if (vacuum) {
      const error = pidfile === undefined ? undefined : removePidfile(pidfile);
      if (error !== undefined) this.#log.warn(`Cannot vacuum ${pidfile}: ${error}`);
    }
    this.#control?.close();
    this.#options.registry?.remove(process.pid);
  }

  #limitsOf(config: Config, pool: PoolPlan): Limits {
    return {
      reloadMercy: this.#options.dev ? 500 : config.workerReloadMercy * 1000,
      stopMercy: this.#options.dev ? 500 : config.reloadMercy * 1000,
      // A Python worker has its harakiri; C code that holds the interpreter's lock is no stuck event loop.
      heartbeat: this.#options.dev || pool.kind === "python" ? 0 : config.heartbeatTimeout * 1000,
      boot: BOOT_LIMIT,
    };
  }
}

function restartNotes(before: Config | undefined, after: Config): string[] {
  const names = before ? restartNeeded(before, after) : [];
  return names.length === 0 ? [] : [`changed, but only a restart applies it: ${names.join(", ")}`];
}
