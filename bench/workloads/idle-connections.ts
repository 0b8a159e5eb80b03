import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { cpuMicroseconds, memory } from "../machine/processes.ts";
import { wrk } from "../machine/wrk.ts";
import { bun, deno, fastify, honoNodeServer, nodeHttp, srvx } from "../peers/node.ts";
import type { Peer } from "../peers/peer.ts";
import { porticoFetch, porticoListener } from "../peers/portico.ts";
import { perRequest } from "./measure-load.ts";
import { placeFor } from "./place.ts";
import type { Bench, ProbeWorkload, Values } from "./workload.ts";

const CONNECTIONS = 10_000;

/** What idle connections cost: their memory, and what they take from those that are busy. */
export const idleConnections: ProbeWorkload = {
  id: "idle-connections",
  title: "10,000 idle connections beside 64 busy ones",
  about:
    "10,000 connections are made, a request is answered on each, and they are kept; then GET / on 64 others. " +
    "Memory: what the server's own grew by, over the connections. A server that closes idle ones holds fewer.",
  metrics: ["cpu", "idle", "held", "rps", "p50", "p99", "p999"],
  peers: [porticoFetch(), porticoListener, nodeHttp, honoNodeServer, srvx, fastify, bun, deno],
  probe,
};

async function probe(peer: Peer, bench: Bench): Promise<Values> {
  const place = await placeFor(bench, true);
  const running = await peer.start(place, bench.tools);
  const holder = fork(join(import.meta.dirname, "..", "machine", "hold.ts"), [
    String(place.port),
    String(CONNECTIONS),
  ]);
  try {
    const own = (): number => running.pids().reduce((sum, pid) => sum + memory(pid).uss, 0);
    await wrk(place.port, 1, {}, bench.cpus.load);
    const before = own();
    holder.send("open");
    const [opened] = (await once(holder, "message", { signal: AbortSignal.timeout(30_000) })) as [number];
    const grown = own() - before;
    const cpu = cpuMicroseconds(running.pids());
    const load = await wrk(place.port, bench.seconds, {}, bench.cpus.load);
    const used = cpuMicroseconds(running.pids()) - cpu;
    if (load.failed > 0) throw new Error(`requests failed: ${load.failures}`);
    holder.send("count");
    const [held] = (await once(holder, "message", { signal: AbortSignal.timeout(10_000) })) as [number];
    return { ...perRequest(load, used), idle: (grown * 1024) / opened, held };
  } finally {
    holder.kill("SIGKILL");
    await running.stop();
  }
}
