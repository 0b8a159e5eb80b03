import type { SendHandle } from "node:child_process";
import { flushCompileCache } from "node:module";
import type { FromWorker, ToWorker } from "../channel/messages.ts";
import type { Worker } from "./worker.ts";

/** Milliseconds to drain when nobody says how long: a stray TERM, or a master that died. */
const ORPHAN_MERCY = 30_000;

// It was for this process, unless it is the user's own.
if (process.env["NODE_COMPILE_CACHE"] === process.argv[2]) delete process.env["NODE_COMPILE_CACHE"];
const modules = Promise.all([import("./worker.ts"), import("../log/log.ts")]);

/** The worker's process: waits for `start` on the channel that it inherited. */
let worker: Worker | undefined;
let draining = false;

const send = (message: FromWorker, handle?: object, sent?: () => void): void => {
  if (process.connected) process.send!(message, handle as SendHandle | undefined, {}, sent);
  else sent?.();
};

const exit = (status: number): void => {
  worker?.flush();
  process.exit(status);
};

function drain(mercy: number): void {
  if (draining) return;
  draining = true;
  if (worker) void worker.drain(mercy).then(() => exit(0));
  else exit(0);
}

async function start(message: ConstructorParameters<typeof Worker>[0]): Promise<void> {
  const name = message.config.kind === "router" ? "router" : `worker ${message.id}`;
  process.title = `portico ${name}`;
  const [{ Worker }, { createLog }] = await modules;
  worker = new Worker(message, createLog(name), send);
  process.on("uncaughtException", (error, origin) => {
    // Before it is ready an app that throws could not be loaded; after, it may finish what is in flight, no more.
    if (worker?.uncaught(error, origin)) return;
    exit(1);
  });
  if (!(await worker.start())) exit(1);
  flushCompileCache();
}

// The terminal's Ctrl-C and hang-up go to the whole process group: what they mean is the master's to say.
for (const signal of ["SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
process.on("SIGTERM", () => drain(ORPHAN_MERCY));
process.on("disconnect", () => drain(ORPHAN_MERCY));
process.on("message", (message: ToWorker, handle: unknown) => {
  if (message.type === "start") {
    if (message.config.kind !== "python") void start({ ...message, config: message.config });
  } else if (message.type === "drain") drain(message.mercy);
  else if (message.type === "give") void worker?.give(message.count);
  else if (message.type === "lost") worker?.lost(message.pid, message.numbers);
  else if (message.type === "take") worker?.take(message, handle);
  else if (message.type === "report" && worker) send({ type: "report", ...worker.report() });
});
