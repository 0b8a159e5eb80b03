import type { WorkerStatus } from "./control.ts";
import type { WorkerState } from "./state.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** Milliseconds for workers to say how they are; a busy one is shown as it last was. */
const REPORT_LIMIT = 300;

/** The workers as people see them, each asked for its newest figures. */
export async function workerStatus(
  workers: readonly WorkerState[],
  handles: ReadonlyMap<number, WorkerHandle>,
): Promise<Omit<WorkerStatus, "pool" | "kind">[]> {
  await Promise.all([...handles.values()].map((handle) => handle.freshReport(REPORT_LIMIT)));
  return workers.flatMap(({ key, id, generation, phase }) => {
    const handle = handles.get(key);
    if (!handle) return [];
    const { requests, inFlight, connections, rss } = handle.report;
    const uptime = (Date.now() - handle.startedAt) / 1000;
    return [
      {
        id,
        pid: handle.pid,
        generation,
        phase,
        uptime,
        requests,
        inFlight,
        connections,
        rss,
        app: handle.app,
      },
    ];
  });
}
