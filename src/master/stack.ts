import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Milliseconds for the whole affair. */
const LIMIT = 3_000;

/**
 * Where a worker whose event loop is stuck is in its code: SIGUSR1 opens node's inspector, which answers
 * from a thread of its own, on a loopback port; the debugger then pauses the script and tells the stack
 * (Chrome DevTools Protocol, Debugger.pause). The worker is killed right after, so the port is gone too.
 * @param signal sends it SIGUSR1
 * @returns lines as in an error's stack; undefined where it cannot be had (no /proc, no answer).
 */
export async function stuckStack(pid: number, signal: () => void): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(LIMIT);
  try {
    const before = new Set(listeningPorts(pid));
    signal();
    const url = await inspectorUrl(pid, before, deadline);
    return await pausedStack(url, deadline);
  } catch {
    return undefined;
  }
}

async function inspectorUrl(
  pid: number,
  before: ReadonlySet<number>,
  deadline: AbortSignal,
): Promise<string> {
  for (;;) {
    deadline.throwIfAborted();
    for (const port of listeningPorts(pid)) {
      if (before.has(port)) continue;
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: deadline });
      const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
      if (target) return target.webSocketDebuggerUrl;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function pausedStack(url: string, deadline: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const scripts = new Map<string, string>();
    const done = (act: () => void): void => {
      socket.close();
      act();
    };
    deadline.addEventListener("abort", () => done(() => reject(deadline.reason)));
    socket.onerror = () => done(() => reject(new Error("The inspector hung up")));
    socket.onopen = () => {
      socket.send('{"id":1,"method":"Debugger.enable"}');
      socket.send('{"id":2,"method":"Debugger.pause"}');
    };
    socket.onmessage = ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as InspectorEvent;
      if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params.url);
      if (method === "Debugger.paused")
        done(() => resolve(params.callFrames.map((frame) => frameLine(frame, scripts)).join("\n")));
    };
  });
}

type InspectorEvent =
  | {
      readonly method: "Debugger.scriptParsed";
      readonly params: { readonly scriptId: string; readonly url: string };
    }
  | { readonly method: "Debugger.paused"; readonly params: { readonly callFrames: readonly Frame[] } };

interface Frame {
  readonly functionName: string;
  /** Line and column from 0. */
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

function frameLine({ functionName, location }: Frame, scripts: ReadonlyMap<string, string>): string {
  const url = scripts.get(location.scriptId) ?? "";
  return `    at ${functionName || "<anonymous>"} (${url}:${location.lineNumber + 1}:${location.columnNumber + 1})`;
}

/** The TCP ports on which a process listens (proc(5), /proc/pid/net/tcp). */
function listeningPorts(pid: number): number[] {
  const inodes = new Set<string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return readFileSync(`/proc/${pid}/net/tcp`, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && inode !== undefined && inodes.has(inode))
    .map(([, local]) => Number.parseInt(local!.split(":")[1]!, 16));
}
