import { join } from "node:path";
import type { Place, Running } from "./machine/server.ts";
import { startNginx } from "./peers/behind-nginx.ts";
import type { Peer } from "./peers/peer.ts";
import type { Sample } from "./results.ts";
import { measureLoad } from "./workloads/measure-load.ts";
import { placeFor } from "./workloads/place.ts";
import type { Bench, LoadWorkload, ProbeWorkload, Values, Workload } from "./workloads/workload.ts";

/** Requests before what counts, for the first workload of a process; a quarter of it for each after it. */
const WARM_UP = 40_000;

type Note = (sample: Sample) => void;

/** All workloads once, each peer in turn. What fails is noted as invalid, and the rest goes on. */
export async function round(
  number: number,
  workloads: readonly Workload[],
  bench: Bench,
  note: Note,
): Promise<void> {
  const loads = workloads.filter((workload) => "load" in workload);
  const groups = new Set(loads.map(sharedBy));
  for (const group of groups)
    await loadGroup(
      number,
      loads.filter((workload) => sharedBy(workload) === group),
      bench,
      note,
    );
  for (const workload of workloads) if ("probe" in workload) await probes(number, workload, bench, note);
}

/** Processes are shared by workloads of a group that are pinned alike. */
function sharedBy({ group, pinned }: LoadWorkload): string {
  return `${group} ${pinned}`;
}

/** Starts the servers of a group together, asks one at a time, stops them all. */
async function loadGroup(
  number: number,
  workloads: readonly LoadWorkload[],
  bench: Bench,
  note: Note,
): Promise<void> {
  const places = new Map<Peer, Place>();
  for (const { peers, pinned } of workloads)
    for (const peer of peers) if (!places.has(peer)) places.set(peer, await placeFor(bench, pinned));
  const running = new Map<Peer, Running>();
  const failures = new Map<Peer, string>();
  const warm = new Set<Peer>();
  let nginx: Running | undefined;
  try {
    nginx = await front(places, bench);
    const starting = [...places].map(async ([peer, place]) => {
      try {
        running.set(peer, await peer.start(place, bench.tools));
      } catch (error) {
        failures.set(peer, (error as Error).message);
      }
    });
    await Promise.all(starting);
    for (const workload of workloads) {
      for (const peer of rotated(workload.peers, number)) {
        await sample(number, workload.id, peer, note, async () => {
          const server = running.get(peer);
          if (!server) throw new Error(failures.get(peer));
          const warmUp = workload.warmUp ?? WARM_UP;
          const requests = warm.has(peer) ? warmUp / 4 : warmUp;
          warm.add(peer);
          return measureLoad(server, workload.load, bench, requests, peer.behind ? nginx : undefined);
        });
      }
    }
  } catch (error) {
    for (const { id, peers } of workloads)
      for (const { name } of peers)
        note({ workload: id, peer: name, round: number, values: {}, invalid: (error as Error).message });
  } finally {
    await Promise.all([...running.values()].map((server) => server.stop().catch(complain)));
    await nginx?.stop();
  }
}

/** One NGINX in front of all that want it. */
async function front(places: ReadonlyMap<Peer, Place>, bench: Bench): Promise<Running | undefined> {
  const fronted = [...places].flatMap(([peer, place]) => (peer.behind ? [{ peer, place }] : []));
  if (fronted.length === 0) return undefined;
  const { dir } = await placeFor(bench, false);
  return startNginx(join(dir, "nginx"), bench.tools, fronted);
}

async function probes(number: number, workload: ProbeWorkload, bench: Bench, note: Note): Promise<void> {
  for (const peer of rotated(workload.peers, number))
    await sample(number, workload.id, peer, note, () => workload.probe(peer, bench));
}

async function sample(
  round: number,
  workload: string,
  { name: peer }: Peer,
  note: Note,
  measure: () => Promise<Values>,
): Promise<void> {
  try {
    note({ workload, peer, round, values: await measure() });
  } catch (error) {
    note({ workload, peer, round, values: {}, invalid: (error as Error).message });
  }
}

/** Each round begins with another peer: none is always first. */
function rotated<T>(list: readonly T[], round: number): T[] {
  const from = ((round - 1) * Math.ceil(list.length / 3)) % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}

function complain(error: unknown): void {
  console.error(`cannot stop: ${String(error)}`);
}
