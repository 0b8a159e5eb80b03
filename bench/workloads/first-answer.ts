import { bareTs, bunHello, denoHello, express, fastify, honoNodeServer, srvx } from "../peers/node.ts";
import type { Peer } from "../peers/peer.ts";
import { porticoHello, porticoHelloFirst, porticoHelloOne, porticoPackage } from "../peers/portico.ts";
import { watt } from "../peers/supervised.ts";
import { summary } from "../results.ts";
import { placeFor } from "./place.ts";
import type { Bench, ProbeWorkload, Values } from "./workload.ts";

/** Starts in a round; the median of them is the round's figure. */
const STARTS = 3;

export const firstAnswer: ProbeWorkload = {
  id: "first-answer",
  title: "Time to the first answer",
  about:
    "From the start of the command to the first whole answer, polled every 2 ms. Files are in the page cache; " +
    "Portico's compile cache is filled, except in the row that says the very first time.",
  metrics: ["first"],
  peers: [
    porticoHello,
    porticoHelloOne,
    porticoHelloFirst,
    porticoPackage,
    bareTs,
    bunHello,
    denoHello,
  ].concat([honoNodeServer, srvx, fastify, express, watt(1)]),
  probe,
};

async function probe(peer: Peer, bench: Bench): Promise<Values> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const place = await placeFor(bench, false);
    const began = performance.now();
    const running = await peer.start(place, bench.tools);
    times.push(performance.now() - began);
    await running.stop();
  }
  return { first: summary(times)!.median };
}
