import type { FromWorker, ToWorker } from "../channel/messages.ts";
import type { Log } from "../log/log.ts";
import type { WorkerStatus } from "./control.ts";
import { type Action, decide, nextDue } from "./decide.ts";
import { exitText, heldText } from "./exit-line.ts";
import { killWorker } from "./kill.ts";
import { Spawner } from "./spawner.ts";
import { Spread } from "./spread.ts";
import { type Event, initialState, type Limits, type Phase, reduce, type State } from "./state.ts";
import { workerStatus } from "./status.ts";
import { WorkerHandle } from "./worker-handle.ts";
import type { ConnectionHandle, Exit, WorkerOptions } from "./worker-process.ts";

/** Milliseconds: who ends all processes one after the other (TERM) comes to the master within it, and means no failure. */
const TOGETHER = 2_000;

/** What a pool asks of its master, which has the configuration, and tells it. */
export interface PoolHost {
  readonly log: Log;
  /** What the log calls one of them: "worker", "/api worker", "router". */
  readonly name: string;
  limits(): Limits;
  /** Whether an app that cannot be loaded at the start ends everything. */
  needApp(): boolean;
  /** How to start worker `id` of so many. */
  workerOptions(id: number, generation: number, wanted: number): WorkerOptions;
  /** All workers are ready, for the first time. */
  onReady(): void;
  onReloaded(result: { ok: true; generation: number } | { ok: false; message: string }): void;
  /** Nobody is left. `failure`: of the start. */
  onGone(failure: StartFailure | undefined): void;
  /** A process is gone that had taken these requests out of a router's queue, by their numbers. */
  onTaken(pid: number, numbers: readonly number[]): void;
  /** Files that an app loaded (dev). */
  onWatch(files: readonly string[]): void;
}

/** Why a pool never came to serve. */
export interface StartFailure {
  /** "router 1 could not start" */
  readonly what: string;
  /** For whoever started it: whole, with the app's own stack where that helps. */
  readonly message: string;
}

/** The workers of one app: does what `decide` says, and tells it what has happened. */
export class WorkerPool {
  readonly #host: PoolHost;
  /** By the keys of their states. */
  readonly #handles = new Map<number, WorkerHandle>();
  readonly #spawner: Spawner;
  readonly #spread = new Spread();
  #lastKey = 0;
  #state: State;
  #due: NodeJS.Timeout | undefined;
  #announced = false;
  /** Stopped, and nobody is left: nothing will be due any more. */
  #gone = false;
  #failure: StartFailure | undefined;

  constructor(wanted: number, host: PoolHost) {
    this.#host = host;
    this.#spawner = new Spawner((...place) => host.workerOptions(...place));
    this.#state = initialState(wanted);
  }

  get generation(): number {
    return this.#state.generation;
  }

  get reloading(): boolean {
    return this.#state.reloading;
  }

  get stopping(): boolean {
    return this.#state.stoppingSince !== undefined;
  }

  /** Does whatever is due: to begin with, and from time to time. */
  step(event?: Event): void {
    if (this.#gone) return;
    const now = performance.now();
    if (event) this.#state = reduce(this.#state, event, now);
    for (let actions = this.#decide(now); actions.length > 0 && !this.#gone; actions = this.#decide(now))
      for (const action of actions) this.#act(action, now);
    if (this.#gone) return;
    this.#announce();
    clearTimeout(this.#due);
    const due = nextDue(this.#state, now);
    if (due !== undefined) this.#due = setTimeout(() => this.step(), due - now + 1);
  }

  /** Replaces every worker, in turn; `onReloaded` follows. */
  reload(wanted: number): void {
    this.#spawner.beginReload();
    this.step({ type: "reload", wanted });
  }

  /** Says something to every worker. */
  tell(message: ToWorker): void {
    for (const handle of this.#handles.values()) handle.send(message);
  }

  /** Drains every worker; `onGone` follows. */
  stop(): void {
    this.step({ type: "stop" });
  }

  /** The same without waiting for anything. */
  quit(): void {
    for (const handle of this.#handles.values()) handle.kill("SIGKILL");
    this.stop();
  }

  status(): Promise<Omit<WorkerStatus, "pool" | "kind">[]> {
    return workerStatus(this.#state.workers, this.#handles);
  }

  #decide(now: number): Action[] {
    return decide(this.#state, this.#host.limits(), now);
  }

  #act(action: Action, now: number): void {
    switch (action.type) {
      case "spawn":
        this.#spawn(action.id, now);
        break;
      case "drain":
        this.#handles.get(action.key)?.send({ type: "drain", mercy: action.mercy });
        this.#state = reduce(this.#state, { type: "draining", key: action.key }, now);
        break;
      case "kill": {
        this.#state = reduce(this.#state, { type: "killed", key: action.key }, now);
        const handle = this.#handles.get(action.key);
        if (handle) void killWorker(handle, this.#host.name, action.why, this.#host.limits(), this.#host.log);
        break;
      }
      case "reload-done":
        this.#endReload({ ok: true, generation: this.#state.generation });
        break;
      case "exit":
        this.#gone = true;
        this.#spawner.end();
        this.#host.onGone(this.#failure);
        break;
    }
  }

  #spawn(id: number, now: number): void {
    const { generation, wanted } = this.#state;
    const key = ++this.#lastKey;
    const handle = new WorkerHandle(id, (on) => this.#spawner.spawn(id, generation, wanted, on), {
      message: (message, connection) => this.#heard(key, message, connection),
      exit: (exit) => this.#exited(key, exit),
    });
    this.#handles.set(key, handle);
    this.#state = reduce(this.#state, { type: "spawned", key, id }, now);
  }

  #heard(key: number, message: FromWorker, connection: ConnectionHandle | undefined): void {
    const handle = this.#handles.get(key);
    if (message.type === "pass") {
      // Also from one whose end was heard of before its last words.
      if (connection) this.#spread.passed(handle, message, connection, this.#ready);
      return;
    }
    if (!handle) return;
    const { log } = this.#host;
    switch (message.type) {
      case "ready":
        handle.app = message.app;
        log.info(`${this.#host.name} ${handle.id} is ready: pid ${handle.pid}, ${message.app}`);
        this.step({ type: "ready", key });
        break;
      case "failed":
        handle.failure = message.message;
        log.error(`${this.#host.name} ${handle.id} cannot ${this.#task}: ${message.message}`);
        break;
      case "report":
        handle.report = message;
        this.#state = reduce(this.#state, { type: "heard", key }, performance.now());
        this.#spread.reported(this.#ready);
        break;
      case "replace":
        log.warn(`${this.#host.name} ${handle.id} (pid ${handle.pid}) is replaced: ${message.reason}`);
        this.step({ type: "unfit", key });
        break;
      case "watch":
        this.#host.onWatch(message.files);
        break;
    }
  }

  #exited(key: number, exit: Exit): void {
    const handle = this.#handles.get(key);
    const worker = this.#state.workers.find((candidate) => candidate.key === key);
    if (!handle || !worker) return;
    this.#handles.delete(key);
    this.#tellExit(handle, worker.phase, exit);
    const taken = handle.taken();
    if (taken.length > 0) this.#host.onTaken(handle.pid, taken);
    const { served, reloading } = this.#state;
    const { stopping } = this;
    const failure =
      handle.failure ?? `Its ${this.#host.name} ${handle.id} ${exitText(exit)} before it was ready`;
    this.#state = reduce(this.#state, { type: "exited", key }, performance.now());
    if (worker.phase === "booting" && reloading && !stopping) {
      this.#endReload({ ok: false, message: failure });
    } else if (!served && !stopping && this.#host.needApp()) {
      const died = `${exitText(exit)} before it was ready`;
      const what = handle.failure === undefined ? died : `could not ${this.#task}`;
      this.#failure = { what: `${this.#host.name} ${handle.id} ${what}`, message: failure };
      this.stop();
      return;
    }
    this.step();
  }

  get #ready(): WorkerHandle[] {
    return this.#state.workers.flatMap(({ key, phase }) => {
      const handle = phase === "ready" ? this.#handles.get(key) : undefined;
      return handle ? [handle] : [];
    });
  }

  /** What a worker has to do first. */
  get #task(): string {
    return this.#host.name === "router" ? "start" : "load the app";
  }

  #tellExit(handle: WorkerHandle, phase: Phase, exit: Exit): void {
    const { log, name } = this.#host;
    const who = `${name} ${handle.id} (pid ${handle.pid})`;
    if (phase === "draining" && exit.code === 0) log.info(`${who} has drained`);
    if ((phase === "draining" && exit.code === 0) || this.stopping) return;
    const text = `${who} ${exitText(exit)}${heldText(handle)}`;
    if (exit.code !== 0 && exit.signal !== "SIGTERM") log.error(text);
    else setTimeout(() => this.stopping || log.error(text), TOGETHER).unref();
  }

  #endReload(result: { ok: true; generation: number } | { ok: false; message: string }): void {
    this.#spawner.endReload(result.ok);
    this.#state = reduce(this.#state, { type: "reload-ended", ok: result.ok }, performance.now());
    this.#host.onReloaded(result);
  }

  #announce(): void {
    const { served, workers } = this.#state;
    if (this.#announced || !served || this.stopping) return;
    if (workers.some(({ phase }) => phase === "booting")) return;
    this.#announced = true;
    this.#host.onReady();
  }
}
