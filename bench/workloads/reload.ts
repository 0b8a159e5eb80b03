import { setTimeout as wait } from "node:timers/promises";
import { ask } from "../machine/ask.ts";
import { wrk } from "../machine/wrk.ts";
import type { Peer } from "../peers/peer.ts";
import { porticoFetch, porticoRouter } from "../peers/portico.ts";
import { gunicorn, uwsgi } from "../peers/python.ts";
import { pm2, watt } from "../peers/supervised.ts";
import { placeFor } from "./place.ts";
import type { Bench, ProbeWorkload, Values } from "./workload.ts";

/** Seconds of load around the order to reload. */
const LOAD = 4;
/** Answers in a row from none of the old workers, after which the reload is over. */
const NEW_ANSWERS = 60;
/** How long a reload may take, milliseconds. */
const LIMIT = 30_000;

export const reload: ProbeWorkload = {
  id: "reload",
  title: "Reload of two workers under load",
  about:
    `GET /loaded on 8 kept connections for ${LOAD} s, and after the first second the order to reload: HUP for Portico and ` +
    "gunicorn, a chain reload for uWSGI, pm2 reload, wattpm restart (the command's own time is part of it). Until the last " +
    "answer of an old worker. A failed request is one with an error status or a connection that broke.",
  metrics: ["reload", "failed", "rps"],
  peers: [porticoFetch(2), pm2(2), watt(2)].concat(
    [porticoRouter("bare", 2), uwsgi("bare", 2, "http"), gunicorn("bare", 2, "http")],
    [gunicorn("bare", 2, "http", 4)],
  ),
  probe,
};

async function probe(peer: Peer, bench: Bench): Promise<Values> {
  const place = await placeFor(bench, false);
  const running = await peer.start(place, bench.tools);
  try {
    const load = wrk(place.port, LOAD, { paths: ["/loaded"], connections: 8 }, bench.cpus.load);
    load.catch(() => {});
    await wait(1_000);
    const began = Date.now();
    const ordered = peer.reload!(running, place, bench.tools);
    ordered.catch(() => {});
    const over = await lastOldAnswer(place.port, began);
    await ordered;
    const { failed, requests, seconds } = await load;
    return { reload: (over - began) / 1000, failed, rps: requests / seconds };
  } finally {
    await running.stop();
  }
}

/** When a worker that had loaded the app before the order answered for the last time, milliseconds since 1970. */
async function lastOldAnswer(port: number, began: number): Promise<number> {
  let last = began;
  let fresh = 0;
  while (fresh < NEW_ANSWERS) {
    // One that is refused here is one of the failures that wrk counts; it says nothing about the end.
    const loaded = await ask(port, "/loaded").catch(() => "0");
    if (Number(loaded) < began) {
      last = Date.now();
      fresh = 0;
    } else fresh += 1;
    if (last - began > LIMIT) throw new Error("old workers still answered after 30 s");
    await wait(5);
  }
  return last;
}
