import { printable } from "../log/printable.ts";
import type { WorkerHandle } from "./worker-handle.ts";
import type { Exit } from "./worker-process.ts";

/** Requests named, and characters of one: what a worker says is foreign, and a log is read by people. */
const MOST = 20;
const LONGEST = 400;

/** "was killed by SIGKILL", "exited with status 3", "finishes what it has: its fork server was killed by SIGKILL" */
export function exitText({ code, signal, forkServer }: Exit): string {
  const text = signal ? `was killed by ${signal}` : `exited with status ${code}`;
  return forkServer ? `finishes what it has: its fork server ${text}` : text;
}

/**
 * The requests that a worker took with it, to follow how it ended: `, holding 1 request:` and a line for each,
 * `POST /order from 192.0.2.7, 3.2 s`. "" where it held none.
 */
export function heldText(handle: Pick<WorkerHandle, "held" | "report" | "reportedAt">): string {
  const shared = handle.held();
  if (shared) return listed(`, holding ${count(shared.length)}`, shared, shared.length);
  const { held = [], inFlight } = handle.report;
  const before = ((performance.now() - handle.reportedAt) / 1000).toFixed(1);
  return listed(`, holding ${count(inFlight)} as of its last report, ${before} s before`, held, inFlight);
}

function listed(head: string, held: readonly string[], total: number): string {
  const lines = held.slice(0, MOST).map((text) => {
    const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    return `  ${printable(shown)}`;
  });
  if (total <= 0) return "";
  if (lines.length === 0) return head;
  const more = total - lines.length;
  if (more > 0) lines.push(`  and ${more} more`);
  return `${head}:\n${lines.join("\n")}`;
}

function count(requests: number): string {
  return requests === 1 ? "1 request" : `${requests} requests`;
}
