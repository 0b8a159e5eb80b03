import type { PoolPlan } from "./plan.ts";

/** How many workers each pool is to have: `processes`, and what TTIN and TTOU have made of it. */
export class WorkerCounts {
  readonly #pools: readonly PoolPlan[];
  #counts: ReadonlyMap<string, number>;
  /** Before the last reload. */
  #before: ReadonlyMap<string, number>;
  #extra = 0;

  constructor(pools: readonly PoolPlan[]) {
    this.#pools = pools;
    this.#counts = new Map(pools.map(({ name, processes }) => [name, processes]));
    this.#before = this.#counts;
  }

  /** The main app's. */
  get main(): number {
    return this.of(this.#pools[0]!.name);
  }

  /** The main app's before the last reload. */
  get mainBefore(): number {
    return this.#before.get(this.#pools[0]!.name)!;
  }

  of(pool: string): number {
    return this.#counts.get(pool)!;
  }

  /** From the next reload on one more, or one less than `processes` make it; one is always left. */
  change(by: 1 | -1, processes: number): void {
    this.#extra = Math.max(1 - processes, this.#extra + by);
  }

  /** For a reload. @param which those that are reloaded; others stay as they are */
  renew(processes: number, which: (pool: PoolPlan) => boolean): void {
    this.#before = this.#counts;
    const workers = Math.max(1, processes + this.#extra);
    this.#counts = new Map(
      this.#pools.map((pool) => [
        pool.name,
        pool.kind === "router" || !which(pool) ? this.of(pool.name) : workers,
      ]),
    );
  }

  /** The reload could not be done. */
  goBack(): void {
    this.#counts = this.#before;
  }
}
