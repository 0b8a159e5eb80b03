import { ForkServer } from "./fork-server.ts";
import { type ProcessEvents, spawnWorker, type WorkerOptions, type WorkerProcess } from "./worker-process.ts";

/**
 * Makes the processes of a pool's workers: each by itself, or, where they may load their app once and are
 * several, forked by the fork server of their generation.
 */
export class Spawner {
  readonly #options: (id: number, generation: number, wanted: number) => WorkerOptions;
  #current: ForkServer | undefined;
  /** In a reload: whose workers serve until those of the new one do, and go on if that fails. */
  #before: ForkServer | undefined;

  /** @param options how to start worker `id` of so many */
  constructor(options: (id: number, generation: number, wanted: number) => WorkerOptions) {
    this.#options = options;
  }

  spawn(id: number, generation: number, wanted: number, on: ProcessEvents): WorkerProcess {
    const options = this.#options(id, generation, wanted);
    // One alone has nobody to share with.
    if (!options.loadOnce || wanted < 2) return spawnWorker(options, on);
    if (!this.#current?.serves(id)) {
      this.#current?.retire();
      const places = Array.from({ length: wanted }, (_, i) => this.#options(i + 1, generation, wanted));
      this.#current = new ForkServer(places);
    }
    return this.#current.fork(id, on);
  }

  /** From now on workers are to have what is new; `endReload` follows. */
  beginReload(): void {
    this.#before?.retire();
    this.#before = this.#current;
    this.#current = undefined;
  }

  /** @param ok whether the new generation serves; where it does not, workers are of the one before again */
  endReload(ok: boolean): void {
    const [kept, other] = ok ? [this.#current, this.#before] : [this.#before, this.#current];
    other?.retire();
    this.#current = kept;
    this.#before = undefined;
  }

  /** All workers have gone. */
  end(): void {
    this.#current?.retire();
    this.#before?.retire();
  }
}
