import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type {
  FromWorker,
  InheritedListener,
  PythonConfig,
  RouterConfig,
  ToWorker,
  WorkerConfig,
  WorkerReport,
} from "../channel/messages.ts";
import type { BoundSocket } from "../listener/bind.ts";
import { HeldMemory } from "./held-memory.ts";
import type { Credentials } from "./user.ts";

/** The first descriptor of an inherited listener, as systemd has it (sd_listen_fds(3)). */
const FIRST_LISTENER = 3;
/** `.ts` in a checkout, `.js` in the package. */
const WORKER = fileURLToPath(new URL(`../worker/main${import.meta.url.slice(-3)}`, import.meta.url));

/** Beside `src` in a checkout and `dist` in the package. */
const PYTHON_WORKER = fileURLToPath(new URL("../../python/portico_worker", import.meta.url));

export interface WorkerOptions {
  readonly id: number;
  readonly generation: number;
  readonly listeners: readonly { socket: BoundSocket; listener: Omit<InheritedListener, "fd"> }[];
  readonly config: WorkerConfig | PythonConfig | RouterConfig;
  /** The interpreter of Python workers. */
  readonly python: string | undefined;
  readonly credentials: Credentials;
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  /** The folder for temporary files. */
  readonly temporary: string;
  /** Where its stdout and stderr go. */
  readonly logFd: number | undefined;
}

/** How a worker's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker as the master sees it: a process and the channel to it. */
export class WorkerHandle {
  readonly id: number;
  readonly generation: number;
  readonly pid: number;
  readonly startedAt = Date.now();
  /** Its last report. */
  report: WorkerReport = { requests: 0, inFlight: 0, connections: 0, rss: 0 };
  /** When it came; milliseconds, monotonic. */
  reportedAt = performance.now();
  app = "";
  /** Why it could not load its app. */
  failure: string | undefined;
  readonly #child: ChildProcess;
  readonly #held: HeldMemory | undefined;
  #onReport: (() => void)[] = [];

  /** @throws Error where the process could not be made at all. */
  constructor(options: WorkerOptions, on: { message(message: FromWorker): void; exit(exit: Exit): void }) {
    this.id = options.id;
    this.generation = options.generation;
    const output = options.logFd ?? "inherit";
    const { config, temporary } = options;
    this.#held = config.kind === "python" ? HeldMemory.create(config.threads, temporary) : undefined;
    const stdio: StdioOptions = [
      "ignore",
      output,
      output,
      ...options.listeners.map(({ socket }) => socket.fd),
      "ipc",
      ...(this.#held ? [this.#held.fd] : []),
    ];
    const { uid, gid } = options.credentials;
    const [program, ...args] = command(options);
    this.#child = spawn(program, args, {
      stdio,
      env: environment(options),
      // libuv gives up the supplementary groups first, then the group, then the user.
      ...(gid === undefined ? {} : { gid }),
      ...(uid === undefined ? {} : { uid }),
    });
    this.pid = this.#child.pid ?? -options.id;
    let exited = false;
    const exit = (end: Exit): void => {
      if (exited) return;
      exited = true;
      on.exit(end);
      this.#held?.close();
    };
    this.#child.on("error", (error) => {
      this.failure = `Cannot start a worker process: ${error.message}`;
      if (this.pid < 0) exit({ code: 1, signal: null });
    });
    this.#child.on("exit", (code, signal) => exit({ code, signal }));
    this.#child.on("message", (raw) => {
      const message = parseMessage(raw);
      if (!message) return;
      if (message.type === "report") this.reportedAt = performance.now();
      on.message(message);
      if (message.type === "report") for (const wake of this.#onReport.splice(0)) wake();
    });
    this.send({
      type: "start",
      id: options.id,
      generation: options.generation,
      listeners: options.listeners.map(({ listener }, i) => ({ ...listener, fd: FIRST_LISTENER + i })),
      config,
      ...(this.#held && { heldFd: stdio.length - 1 }),
    });
  }

  /** The requests that it holds, by what it shares with us: known to the last moment. undefined: it shares nothing. */
  held(): string[] | undefined {
    return this.#held?.read();
  }

  send(message: ToWorker): void {
    // A worker that has just died is told nothing; its exit is on the way.
    if (this.#child.connected) this.#child.send(message, () => {});
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
    this.#child.kill(signal);
  }
}

/** The program of a worker and its arguments. */
function command({ config, python, cache }: WorkerOptions): [string, ...string[]] {
  if (config.kind === "python") return [python!, "-u", PYTHON_WORKER];
  // A port of its own for the inspector, which answers when the event loop does not (see stack.ts).
  return [process.execPath, "--disable-warning=ExperimentalWarning", "--inspect-port=0", WORKER, cache];
}

/** Named there, the folder of compiled code serves the worker's first file too. */
function environment({ config, env, cache }: WorkerOptions): NodeJS.ProcessEnv {
  return config.kind === "python" ? env : { NODE_COMPILE_CACHE: cache, ...env };
}

const TYPES = new Set<string>([
  "ready",
  "failed",
  "report",
  "replace",
  "watch",
] satisfies FromWorker["type"][]);

/** What a worker says is foreign input: its app may have written to the channel itself. */
function parseMessage(raw: unknown): FromWorker | undefined {
  if (typeof raw !== "object" || raw === null || !("type" in raw) || !TYPES.has(raw.type as string))
    return undefined;
  const message = raw as Record<string, unknown>;
  const numbers = (...names: string[]): boolean => names.every((name) => Number.isFinite(message[name]));
  const texts = (...names: string[]): boolean => names.every((name) => typeof message[name] === "string");
  const sound =
    (message["type"] === "ready" && texts("app")) ||
    (message["type"] === "failed" && texts("code", "message")) ||
    (message["type"] === "report" &&
      numbers("requests", "inFlight", "connections", "rss") &&
      (message["held"] === undefined || isTexts(message["held"]))) ||
    (message["type"] === "replace" && texts("reason")) ||
    (message["type"] === "watch" && isTexts(message["files"]));
  return sound ? (raw as FromWorker) : undefined;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
