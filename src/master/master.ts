import { unlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { performance } from "node:perf_hooks";
import type { FromWorker } from "../channel/messages.ts";
import type { Log } from "../log/log.ts";
import { type Config, restartNeeded } from "../options/config.ts";
import { type ReloadResult, type Status, serveControl } from "./control.ts";
import { type Action, decide, nextDue } from "./decide.ts";
import { Listeners } from "./listeners.ts";
import type { Registry } from "./registry.ts";
import { type Order, SIGNALS } from "./signals.ts";
import { stuckStack } from "./stack.ts";
import { type Event, initialState, type Limits, reduce, type State } from "./state.ts";
import { workerStatus } from "./status.ts";
import { TouchWatch } from "./touch.ts";
import { type Credentials, credentials, groupId, userId } from "./user.ts";
import { workerConfig, workerEnv } from "./worker-config.ts";
import { type Exit, WorkerHandle } from "./worker-handle.ts";

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

/** The master: keeps listeners and workers, obeys signals and orders, touches no request. */
export class Master {
  readonly #options: MasterOptions;
  readonly #log: Log;
  readonly #handles = new Map<number, WorkerHandle>();
  readonly #startedAt = Date.now();
  #config: Config;
  /** The configuration to go back to when a reload fails. */
  #before: Config | undefined;
  #state: State;
  #limits: Limits;
  #listeners!: Listeners;
  #credentials!: Credentials;
  #touch: TouchWatch;
  #logFd: number | undefined;
  #control: Server | undefined;
  #extraWorkers = 0;
  #due: NodeJS.Timeout | undefined;
  #announced = false;
  #status = 0;
  #failure = "";
  #reloadWaiters: ((result: ReloadResult) => void)[] = [];
  #nextReload: ((result: ReloadResult) => void)[] | undefined;
  #finish!: (status: number) => void;

  constructor(options: MasterOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#config = options.config;
    this.#logFd = options.logFd;
    this.#state = initialState(options.config.processes);
    this.#limits = this.#limitsOf(options.config);
    this.#touch = new TouchWatch(options.config.touchReload);
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
    const finished = new Promise<number>((resolve) => {
      this.#finish = resolve;
    });
    if (config.pidfile !== undefined) writeFileSync(config.pidfile, `${process.pid}\n`);
    await this.#register();
    for (const [signal, order] of Object.entries(SIGNALS) as [NodeJS.Signals, Order][])
      process.on(signal, () => this.#obey(order, signal));
    const tick = setInterval(() => this.#tick(), TICK);
    this.#step();
    const status = await finished;
    clearInterval(tick);
    clearTimeout(this.#due);
    this.#cleanUp();
    return status;
  }

  reload(why: string): Promise<ReloadResult> {
    return new Promise((resolve) => {
      if (this.#state.reloading) {
        // What is being loaded may be older than what was just changed: once more after this.
        this.#nextReload = [...(this.#nextReload ?? []), resolve];
      } else {
        this.#reloadWaiters.push(resolve);
        this.#beginReload(why);
      }
    });
  }

  stop(why: string): void {
    if (this.#state.stoppingSince === undefined) this.#log.info(`stopping: ${why}`);
    this.#step({ type: "stop" });
  }

  async status(): Promise<Status> {
    const { config, ...rest } = await this.#statusParts();
    return { name: config.name, file: config.file, chdir: config.chdir, ...rest };
  }

  async #statusParts() {
    return {
      config: this.#config,
      pid: process.pid,
      version: this.#options.version,
      node: process.version,
      log: this.#config.daemonize ?? this.#config.logto,
      generation: this.#state.generation,
      uptime: (Date.now() - this.#startedAt) / 1000,
      rss: process.memoryUsage.rss(),
      listeners: this.#listeners.described,
      url: this.#listeners.url,
      workers: await workerStatus(this.#state.workers, this.#handles),
    };
  }

  #step(event?: Event): void {
    const now = performance.now();
    if (event) this.#state = reduce(this.#state, event, now);
    for (let actions = this.#decide(now); actions.length > 0; actions = this.#decide(now))
      for (const action of actions) this.#act(action, now);
    this.#announce();
    clearTimeout(this.#due);
    const due = nextDue(this.#state, now);
    if (due !== undefined) this.#due = setTimeout(() => this.#step(), due - now + 1);
  }

  #decide(now: number): Action[] {
    return decide(this.#state, this.#limits, now);
  }

  #act(action: Action, now: number): void {
    switch (action.type) {
      case "spawn":
        this.#spawn(action.id, now);
        break;
      case "drain":
        this.#handles.get(action.pid)?.send({ type: "drain", mercy: action.mercy });
        this.#state = reduce(this.#state, { type: "draining", pid: action.pid }, now);
        break;
      case "kill":
        this.#state = reduce(this.#state, { type: "killed", pid: action.pid }, now);
        void this.#kill(action.pid, action.why);
        break;
      case "reload-done":
        this.#endReload({
          ok: true,
          generation: this.#state.generation,
          notes: restartNotes(this.#before, this.#config),
        });
        break;
      case "exit":
        this.#state = { ...this.#state, wanted: 0, stoppingSince: undefined };
        this.#finish(this.#status);
        break;
    }
  }

  #spawn(id: number, now: number): void {
    const { generation } = this.#state;
    const config = this.#config;
    let pid = 0;
    const handle = new WorkerHandle(
      {
        id,
        generation,
        listeners: this.#listeners.forWorker(id, this.#state.wanted),
        config: workerConfig(config, this.#options.dev),
        credentials: this.#credentials,
        cache: this.#options.cache,
        env: workerEnv(config, this.#options.env, this.#options.dev),
        logFd: this.#logFd,
      },
      {
        message: (message) => this.#heard(pid, message),
        exit: (exit) => this.#exited(pid, exit),
      },
    );
    pid = handle.pid;
    this.#handles.set(pid, handle);
    this.#state = reduce(this.#state, { type: "spawned", pid, id }, now);
  }

  #heard(pid: number, message: FromWorker): void {
    const handle = this.#handles.get(pid);
    if (!handle) return;
    switch (message.type) {
      case "ready":
        handle.app = message.app;
        this.#log.info(`worker ${handle.id} is ready: pid ${pid}, ${message.app}`);
        this.#step({ type: "ready", pid });
        break;
      case "failed":
        handle.failure = message.message;
        this.#log.error(`worker ${handle.id} cannot load the app: ${message.message}`);
        break;
      case "report":
        handle.report = message;
        this.#state = reduce(this.#state, { type: "heard", pid }, performance.now());
        break;
      case "replace":
        this.#log.warn(`worker ${handle.id} (pid ${pid}) is replaced: ${message.reason}`);
        this.#step({ type: "unfit", pid });
        break;
      case "watch":
        this.#options.onWatch(message.files);
        break;
    }
  }

  #exited(pid: number, exit: Exit): void {
    const handle = this.#handles.get(pid);
    const worker = this.#state.workers.find((candidate) => candidate.pid === pid);
    if (!handle || !worker) return;
    this.#handles.delete(pid);
    const { served, reloading, stoppingSince } = this.#state;
    const stopping = stoppingSince !== undefined;
    const how = exit.signal ? `was killed by ${exit.signal}` : `exited with status ${exit.code}`;
    if (worker.phase === "draining" && exit.code === 0)
      this.#log.info(`worker ${handle.id} (pid ${pid}) has drained`);
    else if (!stopping) {
      const held = handle.report.inFlight > 0 ? `, holding about ${handle.report.inFlight} requests` : "";
      this.#log.error(`worker ${handle.id} (pid ${pid}) ${how}${held}`);
    }
    const failure = handle.failure ?? `Worker ${handle.id} ${how} before it was ready`;
    this.#state = reduce(this.#state, { type: "exited", pid }, performance.now());
    if (worker.phase === "booting" && reloading && !stopping) {
      this.#endReload({ ok: false, message: failure });
    } else if (!served && !stopping && this.#config.needApp) {
      this.#failure = failure;
      this.#status = 1;
      this.stop("the app could not be loaded");
      return;
    }
    this.#step();
  }

  async #kill(pid: number, why: "mercy" | "heartbeat" | "boot"): Promise<void> {
    const handle = this.#handles.get(pid);
    if (!handle) return;
    const reasons = {
      mercy: "it did not finish within its mercy",
      heartbeat: `its event loop has been stuck for more than ${this.#limits.heartbeat / 1000} s`,
      boot: `its app did not load within ${this.#limits.boot / 1000} s`,
    };
    const stack = why === "mercy" ? undefined : await stuckStack(pid);
    this.#log.error(
      `worker ${handle.id} (pid ${pid}) is killed: ${reasons[why]}${stack ? `; it is at\n${stack}` : ""}`,
    );
    handle.kill("SIGKILL");
  }

  #beginReload(why: string): void {
    let config: Config;
    try {
      config = this.#options.reread();
    } catch (error) {
      this.#endReload({ ok: false, message: (error as Error).message });
      return;
    }
    this.#log.info(`reloading: ${why}`);
    this.#before = this.#config;
    this.#use(config);
    this.#step({ type: "reload", wanted: Math.max(1, config.processes + this.#extraWorkers) });
  }

  #endReload(result: ReloadResult): void {
    this.#state = reduce(this.#state, { type: "reload-ended" }, performance.now());
    if (result.ok) {
      this.#log.info(`reloaded: generation ${result.generation}`);
      for (const note of result.notes) this.#log.warn(note);
    } else {
      this.#log.error(`the reload failed, the workers that served before go on: ${result.message}`);
      if (this.#before) this.#use(this.#before);
    }
    this.#before = undefined;
    const waiters = this.#reloadWaiters;
    this.#reloadWaiters = this.#nextReload ?? [];
    const again = this.#nextReload !== undefined;
    this.#nextReload = undefined;
    for (const waiter of waiters) waiter(result);
    if (again) setImmediate(() => this.#beginReload("something changed meanwhile"));
  }

  #use(config: Config): void {
    this.#config = config;
    this.#limits = this.#limitsOf(config);
    this.#touch = new TouchWatch(config.touchReload);
  }

  #obey(order: Order, signal: string): void {
    switch (order) {
      case "stop":
        // Ctrl-C a second time: no more waiting.
        if (signal === "SIGINT" && this.#state.stoppingSince !== undefined) this.#quit();
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
        // Workers inherit the new file: a descriptor cannot be swapped in a running process.
        void this.reload("the log was reopened");
        break;
      case "add-worker":
      case "remove-worker":
        this.#extraWorkers = Math.max(
          1 - this.#config.processes,
          this.#extraWorkers + (order === "add-worker" ? 1 : -1),
        );
        void this.reload(signal);
        break;
    }
  }

  #quit(): void {
    for (const handle of this.#handles.values()) handle.kill("SIGKILL");
    this.stop("at once");
  }

  #tick(): void {
    const touched = this.#touch.touched();
    if (touched !== undefined) void this.reload(`${touched} was touched`);
    this.#step();
  }

  #announce(): void {
    const { served, workers, stoppingSince } = this.#state;
    if (
      this.#announced ||
      !served ||
      stoppingSince !== undefined ||
      workers.some(({ phase }) => phase === "booting")
    )
      return;
    this.#announced = true;
    void this.status().then(this.#options.onReady);
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
    if (this.#config.vacuum) {
      this.#listeners.vacuum(this.#log);
      const { pidfile } = this.#config;
      if (pidfile !== undefined) {
        try {
          unlinkSync(pidfile);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT")
            this.#log.warn(`Cannot vacuum ${pidfile}: ${(error as Error).message}`);
        }
      }
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
