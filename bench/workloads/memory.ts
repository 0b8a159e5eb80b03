import { setTimeout as wait } from "node:timers/promises";
import { askOften } from "../machine/ask.ts";
import * as node from "../peers/node.ts";
import type { Peer } from "../peers/peer.ts";
import { porticoExpress, porticoFetch, porticoHono, porticoListener } from "../peers/portico.ts";
import { pm2, watt } from "../peers/supervised.ts";
import { memoryOf } from "./measure-load.ts";
import { placeFor } from "./place.ts";
import type { Bench, ProbeWorkload, Values } from "./workload.ts";

export const idleMemory: ProbeWorkload = {
  id: "memory",
  title: "Memory of an idle server",
  about:
    "After 2000 requests, one after the other, and a second of rest. Own memory is what ends with the process. " +
    "Deno and Bun are one process; Watt's worker is a thread in its one.",
  metrics: ["uss", "pss", "master", "all"],
  peers: [porticoFetch(), porticoListener, porticoHono, porticoExpress, node.idleNode, node.bareJs].concat(
    [node.nodeHttp, node.honoNodeServer, node.srvx, node.fastify, node.express, node.cluster(1)],
    [pm2(1), watt(1), node.bun, node.deno],
  ),
  probe,
};

async function probe(peer: Peer, bench: Bench): Promise<Values> {
  const running = await peer.start(await placeFor(bench, false), bench.tools);
  try {
    if (running.port !== 0) await askOften(running.port, 2000);
    await wait(1_000);
    return memoryOf(running);
  } finally {
    await running.stop();
  }
}
