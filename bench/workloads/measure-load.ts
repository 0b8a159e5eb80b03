import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { cpuMicroseconds, memory } from "../machine/processes.ts";
import type { Running } from "../machine/server.ts";
import { type Ask, type Load, wrk } from "../machine/wrk.ts";
import { summary } from "../results.ts";
import type { Bench, Values } from "./workload.ts";

/**
 * Asks a running server for some seconds, after `warmUp` requests: what has not been compiled for good
 * costs a multiple.
 * @throws Error when a request failed
 */
export async function measureLoad(
  running: Running,
  asked: Ask,
  bench: Bench,
  warmUp: number,
  nginx?: Running,
): Promise<Values> {
  const { load } = bench.cpus;
  const quiet = running.workers().map(sockets);
  await warm(running, asked, load, warmUp);
  const pids = running.pids();
  const workers = running.workers();
  const before = { own: cpuMicroseconds(pids), nginx: cpuMicroseconds(nginx?.pids() ?? []) };
  const asking = wrk(running.port, bench.seconds, asked, load);
  // The load goes on meanwhile; what is wrong with it is heard below.
  asking.catch(() => {});
  await wait(bench.seconds * 500);
  const uneven = unevenness(workers.map((pid, i) => sockets(pid) - quiet[i]!));
  const counted = await asking;
  const own = cpuMicroseconds(pids) - before.own;
  refuseFailures(counted);
  const requests = counted.requests;
  const megabytes = counted.bytes / 2 ** 20;
  return {
    cpuMegabyte: own / megabytes,
    megabytes: megabytes / counted.seconds,
    ...(requests > 0 ? perRequest(counted, own) : {}),
    ...memoryOf(running),
    ...(nginx ? { nginx: (cpuMicroseconds(nginx.pids()) - before.nginx) / requests } : {}),
    ...(uneven === undefined ? {} : { uneven }),
  };
}

/** Seconds of load at a time while warming up, and at the most. */
const SLICE = 0.4;
const LONGEST = 4;

async function warm({ port }: Running, asked: Ask, cpu: string, requests: number): Promise<void> {
  let left = requests;
  for (let seconds = 0; left > 0 && seconds < LONGEST; seconds += SLICE) {
    const load = await wrk(port, SLICE, asked, cpu);
    if (load.failed > 0) refuseFailures(load);
    left -= load.requests;
  }
}

/** What is told of a load, and of the CPU time that it took, microseconds. */
export function perRequest(load: Load, cpu: number): Values {
  const { requests, seconds, p50, p99, p999 } = load;
  // wrk says 0 where it has too few requests for it.
  return { cpu: cpu / requests, rps: requests / seconds, p50, p99, ...(p999 > 0 ? { p999 } : {}) };
}

/** Memory, MB: of a worker, in the middle of them; of the master; of all processes. */
export function memoryOf(running: Running): Values {
  const workers = running.workers().map(memory);
  const middle = (values: number[]): number => summary(values)!.median;
  return {
    uss: middle(workers.map(({ uss }) => uss)),
    pss: middle(workers.map(({ pss }) => pss)),
    all: running.pids().reduce((sum, pid) => sum + memory(pid).pss, 0),
    ...(running.master === undefined ? {} : { master: memory(running.master).uss }),
  };
}

function refuseFailures({ requests, bytes, failed, failures }: Load): void {
  if (failed > 0) throw new Error(`requests failed: ${failures} of ${requests}`);
  if (bytes === 0) throw new Error("nothing was answered in time");
}

/** Fewer connections at a time are such as are made for a request each: how they fall says nothing. */
const KEPT = 32;

/** By how much the worker with the most connections has more than its share, percent. */
function unevenness(connections: readonly number[]): number | undefined {
  const together = connections.reduce((sum, count) => sum + count, 0);
  if (connections.length < 2 || together < KEPT) return undefined;
  return (Math.max(...connections) / (together / connections.length) - 1) * 100;
}

/** Sockets that a process has open. */
function sockets(pid: number): number {
  let count = 0;
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      if (readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith("socket:")) count += 1;
    } catch {
      // Closed since.
    }
  }
  return count;
}
