import type { Log } from "../log/log.ts";
import type { Action } from "./decide.ts";
import { stuckStack } from "./stack.ts";
import type { Limits } from "./state.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** Kills a worker and says why; of one that is stuck, first where. */
export async function killWorker(
  handle: WorkerHandle,
  name: string,
  why: (Action & { type: "kill" })["why"],
  limits: Limits,
  log: Log,
): Promise<void> {
  if (why === "stop") {
    log.info(`${name} ${handle.id} (pid ${handle.pid}) is ended before it was ready`);
    handle.kill("SIGKILL");
    return;
  }
  const reasons = {
    mercy: "it did not finish within its mercy",
    heartbeat: `its event loop has been stuck for more than ${limits.heartbeat / 1000} s`,
    boot: `its app did not load within ${limits.boot / 1000} s`,
  };
  const stack = why === "mercy" ? undefined : await stuckStack(handle.pid, () => handle.kill("SIGUSR1"));
  log.error(
    `${name} ${handle.id} (pid ${handle.pid}) is killed: ${reasons[why]}${stack ? `; it is at\n${stack}` : ""}`,
  );
  handle.kill("SIGKILL");
}
