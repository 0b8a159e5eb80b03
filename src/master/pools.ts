import type { ToWorker } from "../channel/messages.ts";
import type { Log } from "../log/log.ts";
import type { WorkerStatus } from "./control.ts";
import type { PoolPlan } from "./plan.ts";
import type { Limits } from "./state.ts";
import { type StartFailure, WorkerPool } from "./worker-pool.ts";
import type { WorkerOptions } from "./worker-process.ts";

/** What the pools ask of their master and tell it. */
export interface PoolsHost {
  readonly log: Log;
  limits(pool: PoolPlan): Limits;
  needApp(): boolean;
  workerOptions(pool: PoolPlan, id: number, generation: number, wanted: number): WorkerOptions;
  /** The workers of all pools are ready, for the first time. */
  onReady(): void;
  /** Every pool that was to reload has, or could not. */
  onReloaded(result: PoolsReloaded): void;
  /** Nobody is left in any pool. `failure`: of the start. */
  onGone(failure: StartFailure | undefined): void;
  onWatch(files: readonly string[]): void;
}

export type PoolsReloaded =
  | { readonly ok: true; readonly generation: number }
  | { readonly ok: false; readonly message: string };

/** The pools of an instance, one for each app and the router's, as one. */
export class Pools {
  readonly #pools: ReadonlyMap<string, { plan: PoolPlan; pool: WorkerPool }>;
  readonly #host: PoolsHost;
  readonly #unready = new Set<string>();
  readonly #left = new Set<string>();
  readonly #reloading = new Set<string>();
  #reloadFailures: string[] = [];
  /** The first of those that reload: its generation is the reload's. */
  #firstReloaded: WorkerPool | undefined;
  #failure: StartFailure | undefined;

  /** The first plan is that of the main app. */
  constructor(plans: readonly PoolPlan[], host: PoolsHost) {
    this.#host = host;
    this.#pools = new Map(plans.map((plan) => [plan.name, { plan, pool: this.#make(plan) }]));
    for (const { name } of plans) {
      this.#unready.add(name);
      this.#left.add(name);
    }
  }

  /** The main app's. */
  get generation(): number {
    return this.#all[0]!.generation;
  }

  get reloading(): boolean {
    return this.#reloading.size > 0;
  }

  get stopping(): boolean {
    return this.#all[0]!.stopping;
  }

  step(): void {
    for (const pool of this.#all) pool.step();
  }

  stop(): void {
    for (const pool of this.#all) pool.stop();
  }

  quit(): void {
    for (const pool of this.#all) pool.quit();
  }

  /** Reloads those pools, one at least, each with so many workers; `onReloaded` follows. */
  reload(wanted: (pool: PoolPlan) => number, which: (pool: PoolPlan) => boolean): void {
    const chosen = [...this.#pools.values()].filter(({ plan }) => which(plan));
    this.#reloadFailures = [];
    this.#firstReloaded = chosen[0]?.pool;
    for (const { plan } of chosen) this.#reloading.add(plan.name);
    for (const { plan, pool } of chosen) pool.reload(wanted(plan));
  }

  async status(): Promise<WorkerStatus[]> {
    const pools = await Promise.all(
      [...this.#pools.values()].map(async ({ plan, pool }) => {
        const workers = await pool.status();
        return workers.map((worker) => ({ pool: plan.name, kind: plan.kind, ...worker }));
      }),
    );
    return pools.flat();
  }

  get #all(): WorkerPool[] {
    return [...this.#pools.values()].map(({ pool }) => pool);
  }

  #make(plan: PoolPlan): WorkerPool {
    const host = this.#host;
    return new WorkerPool(plan.processes, {
      // A reader of the log has to know whose worker 1 it is where there are several.
      log: host.log,
      name: plan.kind === "router" ? "router" : plan.name.startsWith("/") ? `${plan.name} worker` : "worker",
      limits: () => host.limits(plan),
      needApp: () => host.needApp(),
      workerOptions: (...place) => host.workerOptions(plan, ...place),
      onReady: () => {
        this.#unready.delete(plan.name);
        if (this.#unready.size === 0) host.onReady();
      },
      onReloaded: (result) => this.#reloaded(plan.name, result),
      onGone: (failure) => this.#gone(plan.name, failure),
      onTaken: (pid, numbers) => this.#tellRouter({ type: "lost", pid, numbers }),
      onWatch: (files) => host.onWatch(files),
    });
  }

  #tellRouter(message: ToWorker): void {
    for (const { plan, pool } of this.#pools.values()) if (plan.kind === "router") pool.tell(message);
  }

  #reloaded(name: string, result: PoolsReloaded): void {
    if (!this.#reloading.delete(name)) return;
    if (!result.ok)
      this.#reloadFailures.push(this.#pools.size > 1 ? `${name}: ${result.message}` : result.message);
    if (this.#reloading.size > 0) return;
    const [failure] = this.#reloadFailures;
    this.#host.onReloaded(
      failure === undefined
        ? { ok: true, generation: (this.#firstReloaded ?? this.#all[0]!).generation }
        : { ok: false, message: this.#reloadFailures.join("\n") },
    );
  }

  #gone(name: string, failure: StartFailure | undefined): void {
    this.#left.delete(name);
    this.#failure ??= failure;
    // An app that could not be loaded ends the others too.
    if (failure !== undefined) this.stop();
    if (this.#left.size === 0) this.#host.onGone(this.#failure);
  }
}
