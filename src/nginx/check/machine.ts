import { readFileSync, statSync } from "node:fs";
import { masterPid, workersOf } from "../processes.ts";
import { inForceSince } from "../reload.ts";
import type { Nginx } from "../system.ts";
import type { AppFacts, Facts, Finding } from "./finding.ts";
import { whyNobodyListens } from "./listening.ts";
import { type Person, personOf, whyUnreachable } from "./reach.ts";

/** What this machine and the NGINX that runs on it say; the rest of the facts is the app's. */
export function factsOf(nginx: Nginx, app: AppFacts | undefined): Facts {
  const master = masterPid(nginx);
  const worker = master === undefined ? undefined : workersOf(master)[0]?.pid;
  // Who it really is, where it runs: a master without root cannot change its workers' user.
  const person = (worker === undefined ? undefined : personOfProcess(worker)) ?? personOf(nginx.user);
  return {
    app,
    cannotReach: (socket) => (person === undefined ? undefined : whyUnreachable(socket, person)),
    nobodyListens: whyNobodyListens,
    openFiles: openFiles(worker ?? process.pid),
  };
}

/** Whether what is on disk, in the files that NGINX reads, is what it goes by. */
export function findingsOfRunning(nginx: Nginx, files: ReadonlySet<string>): Finding[] {
  const place = { file: nginx.confFile, line: 1, write: [] };
  if (masterPid(nginx) === undefined)
    return [
      {
        ...place,
        severity: "warning",
        rule: "not-running",
        what: "NGINX is not running",
        why: `${nginx.pidFile} names no running NGINX`,
      },
    ];
  const changed = [...files].map((file) => ({
    file,
    at: statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0,
  }));
  const newest = changed.reduce((a, b) => (b.at > a.at ? b : a), { file: nginx.confFile, at: 0 });
  if (inForceSince(nginx, newest.at)) return [];
  return [
    {
      ...place,
      file: newest.file,
      severity: "warning",
      rule: "not-in-force",
      what: "it was changed after NGINX had read it",
      why: "NGINX goes by what was there before, until it is told to read it again",
      write: ["nginx -t && nginx -s reload"],
    },
  ];
}

/** By /proc/PID/status (proc(5)). */
function personOfProcess(pid: number): Person | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const numbers = (name: string): number[] =>
      (new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "")
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .map(Number);
    const uid = numbers("Uid")[1]!;
    return { name: personName(uid), uid, gids: [numbers("Gid")[1]!, ...numbers("Groups")] };
  } catch {
    return undefined;
  }
}

function personName(uid: number): string {
  try {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((entry) => entry.split(":")[2] === String(uid));
    return line?.split(":")[0] ?? String(uid);
  } catch {
    return String(uid);
  }
}

function openFiles(pid: number): number | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1]) || undefined;
  } catch {
    return undefined;
  }
}
