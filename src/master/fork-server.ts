import type { ChildProcess } from "node:child_process";
import type { FromForkServer, PythonConfig, ToForkServer } from "../channel/messages.ts";
import { fromForkServer, fromWorker } from "./from-worker.ts";
import { heldLines, takenNumbers } from "./held-memory.ts";
import {
  type Exit,
  FIRST_LISTENER,
  onEnd,
  type ProcessEvents,
  spawnProgram,
  tell,
  type WorkerOptions,
  type WorkerProcess,
} from "./worker-process.ts";

/** Milliseconds for a worker that was killed to be gone: a fork server that says nothing is stuck. */
const KILL_LIMIT = 5_000;

/** A worker that it forked, or is to fork. */
interface Forked {
  readonly on: ProcessEvents;
  /** undefined: it is to be forked. */
  pid: number | undefined;
  held: string[];
  taken: number[];
}

/**
 * A process that loads a Python app once and forks workers that share what it loaded
 * (python/portico_worker/fork_server.py). They are its children: it says what becomes of them, and passes on
 * what they and the master say to each other. When it ends, its workers finish what they have and go.
 */
export class ForkServer {
  readonly #child: ChildProcess;
  readonly #places: ReadonlySet<number>;
  /** By a number of ours, since a pid may be another's one day. */
  readonly #workers = new Map<number, Forked>();
  #lastWorker = 0;
  /** Whether the app is loaded: it has forked. */
  #loaded = false;
  #gone = false;
  #retired = false;

  /** @param places what a worker in each place would be started with */
  constructor(places: readonly WorkerOptions[]) {
    const [first] = places as readonly [WorkerOptions];
    const sockets = [...new Set(places.flatMap(({ listeners }) => listeners.map(({ socket }) => socket)))];
    this.#places = new Set(places.map(({ id }) => id));
    this.#child = spawnProgram(first, [...sockets.map(({ fd }) => fd), "ipc"]);
    onEnd(this.#child, (exit) => this.#ended(exit));
    this.#child.on("message", (raw) => {
      const message = fromForkServer(raw);
      if (message) this.#heard(message);
    });
    this.#tell({
      type: "start",
      generation: first.generation,
      places: places.map(({ id, listeners }) => ({
        id,
        listeners: listeners.map(({ socket, listener }) => ({
          ...listener,
          fd: FIRST_LISTENER + sockets.indexOf(socket),
        })),
      })),
      config: first.config as PythonConfig,
    });
  }

  /** Whether it can fork a worker for that place. */
  serves(id: number): boolean {
    return !this.#gone && !this.#retired && this.#places.has(id);
  }

  fork(id: number, on: ProcessEvents): WorkerProcess {
    const worker = ++this.#lastWorker;
    const forked: Forked = { on, pid: undefined, held: [], taken: [] };
    this.#workers.set(worker, forked);
    this.#tell({ type: "fork", worker, id });
    const own = this.#child.pid ?? -id;
    return {
      get pid() {
        return forked.pid ?? own;
      },
      send: (message) => this.#tell({ type: "tell", worker, message }),
      kill: (signal) => this.#kill(worker, signal),
      held: () => forked.held,
      taken: () => forked.taken,
    };
  }

  /** Forks no more, and ends with the last of its workers. */
  retire(): void {
    this.#retired = true;
    // It has nothing to finish.
    if (this.#workers.size === 0) this.#child.kill("SIGKILL");
  }

  #kill(worker: number, signal: NodeJS.Signals): void {
    // Still it is this process that loads the app for a worker to be.
    if (!this.#loaded) {
      this.#child.kill(signal);
      return;
    }
    this.#tell({ type: "kill", worker, signal });
    if (signal !== "SIGKILL") return;
    setTimeout(() => {
      if (this.#workers.has(worker)) this.#child.kill("SIGKILL");
    }, KILL_LIMIT).unref();
  }

  #heard(message: FromForkServer): void {
    if (message.type === "failed") {
      for (const { on } of [...this.#workers.values()]) on.message(message);
      return;
    }
    const forked = this.#workers.get(message.worker);
    if (!forked) return;
    switch (message.type) {
      case "forked":
        this.#loaded = true;
        forked.pid = message.pid;
        break;
      case "said": {
        const said = fromWorker(message.message);
        if (said) forked.on.message(said);
        break;
      }
      case "exited":
        if (message.held !== undefined) {
          const shared = Buffer.from(message.held, "base64");
          forked.held = heldLines(shared);
          forked.taken = takenNumbers(shared);
        }
        this.#end(message.worker, { code: message.code, signal: message.signal });
        break;
    }
  }

  #ended(exit: Exit): void {
    this.#gone = true;
    for (const [worker, { pid }] of [...this.#workers])
      this.#end(worker, pid === undefined ? exit : { ...exit, forkServer: true });
  }

  #end(worker: number, exit: Exit): void {
    const forked = this.#workers.get(worker);
    this.#workers.delete(worker);
    forked?.on.exit(exit);
    if (this.#retired && !this.#gone) this.retire();
  }

  #tell(message: ToForkServer): void {
    tell(this.#child, message);
  }
}
