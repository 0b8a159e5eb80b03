import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type {
  FromWorker,
  GuardConfig,
  InheritedListener,
  PythonConfig,
  RouterConfig,
  SendConfig,
  ToWorker,
  WorkerConfig,
} from "../channel/messages.ts";
import type { BoundSocket } from "../listener/bind.ts";
import { fromWorker } from "./from-worker.ts";
import { HeldMemory, heldLines, takenNumbers } from "./held-memory.ts";
import { PYTHON_WORKER, pythonCache } from "./interpreter.ts";
import { makeQueues, removeQueues } from "./request-queues.ts";
import type { Credentials } from "./user.ts";

/** The first descriptor of an inherited listener, as systemd has it (sd_listen_fds(3)). */
export const FIRST_LISTENER = 3;
/** `.ts` in a checkout, `.js` in the package. */
const WORKER = fileURLToPath(new URL(`../worker/main${import.meta.url.slice(-3)}`, import.meta.url));

export interface WorkerOptions {
  readonly id: number;
  readonly generation: number;
  readonly listeners: readonly { socket: BoundSocket; listener: Omit<InheritedListener, "fd"> }[];
  readonly config: WorkerConfig | PythonConfig | RouterConfig;
  /** Whether the workers of a pool may share what they load: one process loads the app and forks them. */
  readonly loadOnce: boolean;
  /** The interpreter of Python workers. */
  readonly python: string | undefined;
  readonly credentials: Credentials;
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  /** What it is to keep where no NGINX stands in front, and the memory in which all workers count. */
  readonly guard: { readonly rules: GuardConfig; readonly fd: number | undefined } | undefined;
  /** Files that its app may have sent. */
  readonly sendFiles: SendConfig | undefined;
  /** The folder for temporary files. */
  readonly temporary: string;
  /** Where its stdout and stderr go. */
  readonly logFd: number | undefined;
}

/** Node's handle of a connection, as processes send it to each other. */
export interface ConnectionHandle {
  close(): void;
}

/** How a worker's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why there never was one. */
  readonly failure?: string;
  /** It is the fork server that ended so: the worker, which nobody hears any more, finishes what it has. */
  readonly forkServer?: true;
}

/** The process of a worker, whoever made it. */
export interface WorkerProcess {
  /** Of one that is to be forked still: the fork server's, which loads its app. */
  readonly pid: number;
  /** @param handle of a connection, which is the worker's then */
  send(message: ToWorker, handle?: ConnectionHandle): void;
  kill(signal: NodeJS.Signals): void;
  /** The requests that it holds, by what it shares with us: known to the last moment. undefined: it shares nothing. */
  held(): string[] | undefined;
  /** The numbers of the requests that its threads took last out of a router's queue, answered or not. */
  taken(): readonly number[];
}

/** What is heard of a worker's process; never before its maker has returned it, and `exit` once and last. */
export interface ProcessEvents {
  message(message: FromWorker, handle?: ConnectionHandle): void;
  exit(exit: Exit): void;
}

/** A worker as a process of its own. @throws Error where it could not be made at all. */
export function spawnWorker(options: WorkerOptions, on: ProcessEvents): WorkerProcess {
  const { temporary, listeners, guard } = options;
  const queues =
    options.config.kind === "router" ? makeQueues(options.config, options.credentials) : undefined;
  const config = queues?.config ?? options.config;
  const held = config.kind === "python" ? HeldMemory.create(config.threads, temporary) : undefined;
  if (held === undefined && listeners.some(({ listener }) => listener.kept))
    throw new Error(`Cannot share memory with a worker: no file can be made in ${temporary}`);
  const fds = listeners.map(({ socket }) => socket.fd);
  // A Python worker has the first of them, others the second, if any.
  const memory = held?.fd ?? guard?.fd;
  const child = spawnProgram(options, [...fds, "ipc", ...(memory === undefined ? [] : [memory])]);
  const memoryFd = FIRST_LISTENER + fds.length + 1;
  onEnd(child, (exit) => {
    on.exit(exit);
    held?.close();
    if (queues) removeQueues(queues.paths);
  });
  child.on("message", (raw, handle) => {
    const message = fromWorker(raw);
    if (message) on.message(message, isConnectionHandle(handle) ? handle : undefined);
  });
  const send: WorkerProcess["send"] = (message, handle) =>
    handle ? pass(child, message, handle) : tell(child, message);
  send({
    type: "start",
    id: options.id,
    generation: options.generation,
    listeners: listeners.map(({ listener }, i) => ({ ...listener, fd: FIRST_LISTENER + i })),
    config,
    ...(held && { heldFd: memoryFd }),
    ...(guard && { guard: guard.rules }),
    ...(guard?.fd !== undefined && { guardFd: memoryFd }),
    ...(options.sendFiles && { sendFiles: options.sendFiles }),
  });
  return {
    pid: child.pid ?? -options.id,
    send,
    kill: (signal) => void child.kill(signal),
    held: () => held && heldLines(held.read()),
    taken: () => (held ? takenNumbers(held.read()) : []),
  };
}

/** @param inherited what it has from descriptor 3 up */
export function spawnProgram(options: WorkerOptions, inherited: readonly (number | "ipc")[]): ChildProcess {
  const { uid, gid } = options.credentials;
  const output = options.logFd ?? "inherit";
  const stdio: StdioOptions = ["ignore", output, output, ...inherited];
  const [program, ...args] = command(options);
  return spawn(program, args, {
    stdio,
    env: environment(options),
    // libuv gives up the supplementary groups first, then the group, then the user.
    ...(gid === undefined ? {} : { gid }),
    ...(uid === undefined ? {} : { uid }),
  });
}

/** Named there, the folder of compiled code serves the worker's first file too. */
function environment({ config, env, cache }: WorkerOptions): NodeJS.ProcessEnv {
  return config.kind === "python" ? env : { NODE_COMPILE_CACHE: cache, ...env };
}

/** Tells once how a process ended, or that there never was one. */
export function onEnd(child: ChildProcess, exit: (exit: Exit) => void): void {
  child.once("exit", (code, signal) => exit({ code, signal }));
  child.on("error", (error) => {
    // Of one that runs it is about a signal or a message, and its end is on the way.
    if (child.pid !== undefined) return;
    exit({ code: 1, signal: null, failure: `Cannot start a worker process: ${error.message}` });
  });
}

/** A process that has just died is told nothing; its exit is on the way. */
export function tell(child: ChildProcess, message: object): void {
  if (child.connected) child.send(message, () => {});
}

function isConnectionHandle(handle: unknown): handle is ConnectionHandle {
  return typeof (handle as { close?: unknown } | undefined)?.close === "function";
}

/** What is sent is a copy. */
function pass(child: ChildProcess, message: ToWorker, handle: ConnectionHandle): void {
  if (child.connected) child.send(message, handle as never, {}, () => handle.close());
  else handle.close();
}

/** The program of a worker and its arguments. */
function command({ config, python, cache }: WorkerOptions): [string, ...string[]] {
  if (config.kind === "python") return [python!, "-u", PYTHON_WORKER, pythonCache(cache)];
  // A port of its own for the inspector, which answers when the event loop does not (see stack.ts).
  return [process.execPath, "--disable-warning=ExperimentalWarning", "--inspect-port=0", WORKER, cache];
}
