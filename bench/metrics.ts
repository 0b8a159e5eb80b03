/** What is measured: its heading, and how many digits after the point are worth printing. */
export const METRICS = {
  cpu: { title: "CPU µs/request", digits: 1 },
  cpuMegabyte: { title: "CPU µs/MB", digits: 0 },
  uss: { title: "memory per worker, own (USS), MB", digits: 1 },
  pss: { title: "memory per worker, with its share (PSS), MB", digits: 1 },
  master: { title: "master, own memory (USS), MB", digits: 1 },
  all: { title: "all processes together (PSS), MB", digits: 1 },
  nginx: { title: "NGINX, CPU µs/request", digits: 1 },
  idle: { title: "memory per idle connection, kB", digits: 1 },
  held: { title: "idle connections held", digits: 0 },
  first: { title: "first answer, ms", digits: 0 },
  reload: { title: "reload, s", digits: 2 },
  failed: { title: "requests failed", digits: 0 },
  uneven: { title: "busiest worker's connections over even, %", digits: 0 },
  rps: { title: "requests/s", digits: 0 },
  megabytes: { title: "MB/s", digits: 0 },
  p50: { title: "p50, ms", digits: 2 },
  p99: { title: "p99, ms", digits: 2 },
  p999: { title: "p99.9, ms", digits: 2 },
} as const;

export type MetricId = keyof typeof METRICS;
