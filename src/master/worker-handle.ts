import type { FromWorker, ToWorker, WorkerReport } from "../channel/messages.ts";
import type { ConnectionHandle, Exit, ProcessEvents, WorkerProcess } from "./worker-process.ts";

/** A worker as the master sees it: its process, and what it has said. */
export class WorkerHandle {
  readonly id: number;
  readonly startedAt = Date.now();
  /** Its last report. */
  report: WorkerReport = { requests: 0, inFlight: 0, connections: 0, rss: 0 };
  /** When it came; milliseconds, monotonic. */
  reportedAt = performance.now();
  app = "";
  /** Why it could not load its app. */
  failure: string | undefined;
  readonly #process: WorkerProcess;
  #onReport: (() => void)[] = [];

  /**
   * @param make starts its process
   * @throws Error where that could not be made at all
   */
  constructor(
    id: number,
    make: (on: ProcessEvents) => WorkerProcess,
    on: { message(message: FromWorker, handle?: ConnectionHandle): void; exit(exit: Exit): void },
  ) {
    this.id = id;
    this.#process = make({
      message: (message, handle) => {
        if (message.type === "report") this.reportedAt = performance.now();
        on.message(message, handle);
        if (message.type === "report") for (const wake of this.#onReport.splice(0)) wake();
      },
      exit: (exit) => {
        this.failure ??= exit.failure;
        on.exit(exit);
      },
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The requests that it holds, by what it shares with us: known to the last moment. undefined: it shares nothing. */
  held(): string[] | undefined {
    return this.#process.held();
  }

  /** The numbers of the requests that its threads took last out of a router's queue, answered or not. */
  taken(): readonly number[] {
    return this.#process.taken();
  }

  /** @param handle of a connection, which is the worker's then */
  send(message: ToWorker, handle?: ConnectionHandle): void {
    this.#process.send(message, handle);
  }

  /** Resolves when a new report has come, or after `limit` milliseconds. */
  freshReport(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limit);
      this.#onReport.push(() => {
        clearTimeout(timer);
        resolve();
      });
      this.send({ type: "report" });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}
