import type { Results, Sample } from "../results.ts";

const cpu = (peer: string, round: number, value: number): Sample => ({
  workload: "hello",
  peer,
  round,
  values: { cpu: value, uss: 40, rps: 30_000 },
});

/** Two rounds of two peers, one row that does not count, one peer that was absent. */
export const SAMPLE: Results = {
  date: "2026-01-02T03:04:05.000Z",
  machine: "a processor, 2 cores",
  versions: { node: "v26.0.0" },
  rounds: 3,
  seconds: 1,
  minutes: 12,
  smoke: true,
  workloads: [
    {
      id: "hello",
      title: "13 bytes",
      about: "GET /.",
      metrics: ["cpu", "uss", "rps", "p999"],
      peers: ["Portico, fetch handler", "node:http", "Broken & <gone>"],
    },
  ],
  absent: { Granian: "pip could not be installed: no wheel" },
  samples: [
    cpu("Portico, fetch handler", 1, 10),
    cpu("Portico, fetch handler", 2, 14),
    cpu("Portico, fetch handler", 3, 12),
    cpu("node:http", 1, 25),
    cpu("node:http", 2, 20),
    { ...cpu("node:http", 3, 1), invalid: "requests failed: 2 status of 9" },
    {
      workload: "hello",
      peer: "Broken & <gone>",
      round: 1,
      values: {},
      invalid: "exited with 1: /home/me/x/server.ts | gone",
    },
  ],
};
