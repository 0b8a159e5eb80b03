import type { Server } from "node:net";
import type { Log } from "../log/log.ts";
import type { Config } from "../options/config.ts";
import { attachedDaemon } from "./attached-daemon.ts";
import { Companions } from "./companions.ts";
import type { ReloadResult, Status } from "./control.ts";
import { limitsOf, stopMercyOf } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import type { MasterOptions } from "./master-options.ts";
import { removePidfile, writePidfile } from "./pidfile.ts";
import { type Plan, type PoolPlan, planOf, routesFor } from "./plan.ts";
import { Pools } from "./pools.ts";
import { Provisions } from "./provisions.ts";
import { register } from "./register.ts";
import { reloadNotes } from "./reload-notes.ts";
import { ReloadQueue } from "./reload-queue.ts";
import { shrinkHeapSoon } from "./shrink-heap.ts";
import { type Order, SIGNALS } from "./signals.ts";
import { TouchWatch } from "./touch.ts";
import { type Credentials, credentials, ownerOf, SAME_USER } from "./user.ts";
import { workerConfig, workerEnv } from "./worker-config.ts";
import { WorkerCounts } from "./worker-counts.ts";
import type { StartFailure } from "./worker-pool.ts";
import type { WorkerOptions } from "./worker-process.ts";

/** Milliseconds between looks at time limits and touched files. */
const TICK = 1_000;
/** What workers have at least to finish when those in front of them took long, milliseconds. */
const LEAST_MERCY = 1_000;

/** The master: keeps listeners and pools of workers, obeys signals and orders, touches no request. */
export class Master {
  readonly #options: MasterOptions;
  readonly #log: Log;
  readonly #pools: Pools;
  readonly #plan: Plan;
  readonly #provisions: Provisions;
  readonly #companions: Companions;
  readonly #counts: WorkerCounts;
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
  #reloading = false;
  /** Of the monotonic clock, once a stop was asked for. */
  #stoppingSince: number | undefined;
  /** What was left for the workers when their stop began, milliseconds. */
  #stopMercy: number | undefined;
  #failure = "";
  /** Why a companion could not be started. */
  #companionError: Error | undefined;

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#config = options.config;
    this.#logFd = options.logFd;
    this.#touch = new TouchWatch(options.config.touchReload);
    this.#plan = planOf(options.config, options.registry?.folder ?? options.temporary);
    this.#provisions = new Provisions(this.#plan, options);
    this.#counts = new WorkerCounts(this.#plan.pools);
    this.#pools = new Pools(this.#plan.pools, {
      log: options.log,
      limits: (pool) => limitsOf(this.#config, pool, options.dev, this.#stopMercy),
      needApp: () => this.#config.needApp,
      workerOptions: (...place) => this.#workerOptions(...place),
      onReady: () => void this.#serve(),
      onReloaded: (result) => void this.#reloaded(result),
      onGone: (failure) => this.#gone(failure),
      onWatch: options.onWatch,
    });
    const { attachDaemon, chdir } = options.config;
    const daemons = attachDaemon.map((command) => attachedDaemon(command, chdir));
    this.#companions = new Companions([...daemons, ...options.companions], {
      log: options.log,
      logFd: () => this.#logFd,
      env: ({ place }) =>
        place === "front" ? options.env : workerEnv(this.#config, options.env, options.dev),
      credentials: ({ place }) => (place === "front" ? SAME_USER : this.#credentials),
      mercy: () => stopMercyOf(this.#config, options.dev),
    });
  }

  /** Why it could not be started, an app that could not be loaded above all; "" when it was. */
  get failure(): string {
    return this.#failure;
  }

  /**
   * Runs until it is told to stop. @returns the exit status: 0, or 1 where the app could not be loaded.
   * @throws ListenError, UserError before anything was started; what a companion throws that cannot be started.
   */
  async run(): Promise<number> {
    const config = this.#config;
    this.#credentials = credentials(config.uid, config.gid);
    if (config.umask !== undefined) process.umask(config.umask);
    await this.#companions.open();
    await this.#provisions.open(config);
    // Bound by whoever may; the workers, who run the app, are others.
    this.#listeners = await Listeners.bind(
      this.#plan.listen,
      config.listen,
      { mode: config.chmodSocket ?? 0o666, ...ownerOf(config.chownSocket) },
      { mode: 0o600, ...this.#credentials },
    );
    if (config.pidfile !== undefined) writePidfile(config.pidfile);
    for (const [signal, order] of Object.entries(SIGNALS) as [NodeJS.Signals, Order][])
      process.on(signal, () => this.#obey(order, signal));
    const tick = setInterval(() => this.#tick(), TICK);
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    await this.#companions.start("behind").catch((error: Error) => this.#giveUp(error));
    this.#pools.step();
    // Workers start meanwhile.
    await this.#register();
    await finished;
    clearInterval(tick);
    // Gone already, unless nobody waited (QUIT) or every worker ended.
    await this.#companions.stop("front", 0);
    await this.#companions.stop("behind", this.#mercyLeft());
    this.#cleanUp();
    if (this.#companionError !== undefined) throw this.#companionError;
    return this.#failure === "" ? 0 : 1;
  }
  #finish!: () => void;

  /** @param app the name of the pool to reload; undefined: all of them */
  reload(why: string, app?: string): Promise<ReloadResult> {
    if (app !== undefined && !this.#plan.pools.some(({ name }) => name === app)) {
      const names = this.#plan.pools.map(({ name }) => name).join(", ");
      return Promise.resolve({ ok: false, message: `there is no app ${app}, only ${names}` });
    }
    return this.#reloads.ask(this.#reloading, () => this.#beginReload(why, app));
  }

  /** Those in front first: they accept no more, and the workers answer what they have accepted. */
  stop(why: string): void {
    if (this.#stoppingSince !== undefined) return;
    this.#stoppingSince = performance.now();
    this.#log.info(`stopping: ${why}`);
    if (!this.#companions.has("front")) this.#stopPools();
    else void this.#companions.stop("front", this.#mercyLeft()).then(() => this.#stopPools());
  }

  #stopPools(): void {
    this.#stopMercy = this.#mercyLeft();
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
      listeners: [...this.#listeners.described, ...this.#companions.listeners],
      url: this.#companions.url ?? this.#listeners.url,
      workers: await this.#pools.status(),
      companions: this.#companions.status(),
    };
  }

  #workerOptions(pool: PoolPlan, id: number, generation: number, wanted: number): WorkerOptions {
    const { dev, env, cache, temporary } = this.#options;
    return {
      id,
      generation,
      listeners: this.#listeners.forWorker(pool.name, id, wanted, this.#provisions.certificates),
      config: workerConfig(
        this.#config,
        { ...pool, processes: wanted },
        routesFor(this.#plan, (name) => this.#counts.of(name), this.#config),
        dev,
      ),
      // In dev there is one worker, and what it loads changes all the time.
      loadOnce: pool.kind === "python" && !dev && !this.#config.lazyApps,
      python: this.#provisions.python,
      credentials: this.#credentials,
      guard: pool.kind === "python" ? undefined : this.#provisions.guard,
      sendFiles: pool.kind === "python" ? undefined : this.#provisions.sendFiles,
      env: workerEnv(this.#config, env, dev),
      cache,
      temporary,
      logFd: this.#logFd,
    };
  }

  /** All workers are ready: now those in front of them. */
  async #serve(): Promise<void> {
    try {
      await this.#companions.start("front");
    } catch (error) {
      if (this.#stoppingSince === undefined) this.#giveUp(error as Error);
      return;
    }
    if (this.#stoppingSince === undefined) this.#options.onReady(await this.status());
    shrinkHeapSoon();
  }

  #giveUp(error: Error): void {
    this.#companionError ??= error;
    this.stop(error.message);
  }

  async #beginReload(why: string, app?: string): Promise<void> {
    this.#reloading = true;
    // In dev it is the app that changed, never what stands in front of it.
    const which = (pool: PoolPlan): boolean =>
      app === undefined ? !this.#options.dev || pool.kind !== "router" : pool.name === app;
    let config: Config;
    try {
      config = await this.#options.reread();
      this.#counts.renew(config.processes, which);
      const { reloadMercy } = config;
      const forSite = { ...config, processes: this.#counts.main };
      this.#bringForward = await this.#companions.reload(forSite, reloadMercy * 1000, app === undefined);
      await this.#listeners.grow((pool) => this.#counts.of(pool));
      this.#provisions.renew(config); // Last, for it holds at once.
    } catch (error) {
      await this.#reloaded({ ok: false, message: (error as Error).message });
      return;
    }
    this.#log.info(`reloading: ${why}`);
    this.#before = this.#config;
    this.#use(config);
    this.#pools.reload(({ name }) => this.#counts.of(name), which);
  }

  /** Brings the new configuration of companions into force, behind a reload that went well. */
  #bringForward: () => Promise<string[]> = async () => [];

  async #reloaded(result: { ok: true; generation: number } | { ok: false; message: string }): Promise<void> {
    let told: ReloadResult;
    if (result.ok) {
      const notes = this.#stoppingSince === undefined ? await this.#bringForward() : [];
      const workers = this.#listeners.forEachWorker ? this.#counts : undefined;
      told = { ...result, notes: [...reloadNotes(this.#before!, this.#config, workers), ...notes] };
      this.#log.info(`reloaded: generation ${result.generation}`);
      for (const note of told.notes) this.#log.warn(note);
    } else {
      told = result;
      this.#log.error(`the reload failed, the workers that served before go on: ${result.message}`);
      this.#counts.goBack();
      if (this.#before) {
        this.#use(this.#before);
        this.#provisions.goBack();
      }
    }
    this.#before = undefined;
    shrinkHeapSoon();
    this.#reloading = this.#reloads.end(told);
    if (this.#reloading) setImmediate(() => void this.#beginReload("something changed meanwhile"));
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
        if (signal === "SIGINT" && this.#stoppingSince !== undefined)
          this.#quit(); // Ctrl-C a second time.
        else this.stop(signal);
        break;
      case "quit":
        this.#quit();
        break;
      case "reload":
        void this.reload(signal);
        break;
      case "reopen-logs":
        this.#logFd = this.#options.reopenLog();
        this.#companions.reopenLogs();
        // Workers inherit the new file: a descriptor cannot be swapped in a running process.
        void this.reload("the log was reopened");
        break;
      case "add-worker":
      case "remove-worker":
        this.#counts.change(order === "add-worker" ? 1 : -1, this.#config.processes);
        void this.reload(signal);
        break;
    }
  }

  #quit(): void {
    this.#stoppingSince ??= performance.now();
    this.#stopMercy ??= 0;
    void this.#companions.stop("front", 0);
    this.#pools.quit();
  }

  /** Milliseconds that are left of a stop's. */
  #mercyLeft(): number {
    const since = this.#stoppingSince ?? performance.now();
    const mercy = stopMercyOf(this.#config, this.#options.dev);
    return Math.max(Math.min(LEAST_MERCY, mercy), mercy - (performance.now() - since));
  }

  #tick(): void {
    const touched = this.#touch.touched();
    if (touched !== undefined) void this.reload(`${touched} was touched`);
    this.#pools.step();
  }

  async #register(): Promise<void> {
    this.#control = await register(this.#options, this.#config, {
      status: () => this.status(),
      reload: (app) => this.reload(app === undefined ? "asked for" : `${app}, asked for`, app),
      stop: async () => {
        setImmediate(() => this.stop("asked for"));
        return { ok: true };
      },
    });
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
}
