import type { MetricId } from "./metrics.ts";
import { byRound, type Results, type Summary, summary } from "./results.ts";

/** One figure of the results. */
interface Of {
  readonly workload: string;
  readonly peer: string;
  readonly metric: MetricId;
}

/** What was promised about one figure against another, round by round. */
export interface Goal {
  readonly about: string;
  readonly ours: Of;
  readonly theirs: Of;
  /** `ours / theirs`, `ours − theirs`, or `ours` alone, with `theirs` the same. */
  readonly compare: "ratio" | "difference" | "alone";
  readonly want: "at most" | "at least";
  readonly goal: number;
  readonly moonshot?: number;
  readonly unit?: string;
}

export interface Verdict {
  readonly goal: Goal;
  /** Undefined where no round counts. */
  readonly measured: Summary | undefined;
  readonly met: "moonshot" | "goal" | "not met" | "not measured";
}

const cpu = (workload: string, peer: string): Of => ({ workload, peer, metric: "cpu" });
const atMost = (about: string, ours: Of, theirs: Of, goal: number, moonshot?: number): Goal => ({
  about,
  ours,
  theirs,
  compare: "ratio",
  want: "at most",
  goal,
  ...(moonshot === undefined ? {} : { moonshot }),
});
const megabytes = (about: string, ours: Of, theirs: Of, goal: number, moonshot?: number): Goal => ({
  ...atMost(about, ours, theirs, goal, moonshot),
  compare: "difference",
  unit: " MB",
});
const even = (about: string, workload: string, peer: string): Goal => {
  const uneven: Of = { workload, peer, metric: "uneven" };
  return { ...atMost(about, uneven, uneven, 10), compare: "alone", unit: " %" };
};
const atLeast = (about: string, ours: Of, theirs: Of, goal: number): Goal => ({
  ...atMost(about, ours, theirs, goal),
  want: "at least",
});

const fetch = "Portico, fetch handler";
const hono = "Hono on @hono/node-server";
const memory = (peer: string, metric: MetricId): Of => ({ workload: "memory", peer, metric });
const first = (peer: string): Of => ({ workload: "first-answer", peer, metric: "first" });
const rps = (workload: string, peer: string): Of => ({ workload, peer, metric: "rps" });

/** The fastest server on node. CPU per request unless said otherwise. */
const NODE: readonly Goal[] = [
  atMost("13 bytes, against node:http", cpu("hello", fetch), cpu("hello", "node:http"), 0.6, 0.45),
  atMost(
    "13 bytes, Hono, against its node server",
    cpu("hello", "Portico, Hono"),
    cpu("hello", hono),
    0.55,
    0.45,
  ),
  atMost("13 bytes, against Bun.serve", cpu("hello", fetch), cpu("hello", "Bun.serve"), 1.3, 1),
  atMost(
    "browser's headers, against node:http",
    cpu("browser", fetch),
    cpu("browser", "node:http"),
    0.6,
    0.45,
  ),
  atMost("the same, two headers read", cpu("headers", fetch), cpu("headers", "node:http"), 0.6, 0.45),
  atMost(
    "POST of 1 kB of JSON, against node:http",
    cpu("post-1k", fetch),
    cpu("post-1k", "node:http"),
    0.75,
    0.6,
  ),
  atMost(
    "Express app, against the same on node:http",
    cpu("hello", "Portico, Express 5"),
    cpu("hello", "Express 5"),
    1.03,
    0.9,
  ),
  atMost(
    "behind NGINX, HTTP kept, against Fastify",
    cpu("nginx-1", "Portico by HTTP, kept"),
    cpu("nginx-1", "Fastify by HTTP, kept"),
    0.6,
    0.45,
  ),
  atMost(
    "behind NGINX, FastCGI kept, against our HTTP",
    cpu("nginx-1", "Portico by FastCGI, kept"),
    cpu("nginx-1", "Portico by HTTP, kept"),
    1.3,
  ),
  atMost(
    "behind NGINX, uwsgi, against node:http, a connection per request",
    cpu("nginx-1", "Portico by uwsgi"),
    cpu("nginx-1", "node:http by HTTP, a connection per request"),
    0.8,
    0.6,
  ),
  atMost(
    "first answer, against node hello.ts",
    first("portico hello.ts"),
    first("node:http, node hello.ts"),
    2,
    1.5,
  ),
  megabytes(
    "own memory, worker against a bare node:http process",
    memory(fetch, "uss"),
    memory("node:http, bare process", "uss"),
    10,
    4,
  ),
  megabytes(
    "own memory, master against node -e",
    memory(fetch, "master"),
    memory("node -e, idle", "uss"),
    8,
    4,
  ),
  atLeast(
    "requests/s of two workers against one, 1 ms each",
    rps("burn", `${fetch}, 2 workers`),
    rps("burn", fetch),
    1.9,
  ),
  even("busiest of two workers over even, 64 kept connections on TCP", "hello-2", `${fetch}, 2 workers`),
  even("the same behind NGINX, HTTP, a unix socket each", "nginx-2", "Portico by HTTP, kept, 2 workers"),
  even("the same behind NGINX, FastCGI, one unix socket", "nginx-2", "Portico by FastCGI, kept, 2 workers"),
];

/** Python, faster than on uWSGI. */
const PYTHON: readonly Goal[] = [
  ...(["flask", "bare"] as const).flatMap((kind) => {
    const behind = `python-nginx-${kind}`;
    const called = kind === "flask" ? "Flask" : "bare WSGI";
    const ours = cpu(behind, "Portico by uwsgi");
    const pss = (peer: string): Of => ({ workload: behind, peer, metric: "pss" });
    const over = `python-http-${kind}`;
    return [
      atMost(
        `${called} behind NGINX, against uWSGI`,
        ours,
        cpu(behind, "uWSGI by uwsgi"),
        kind === "flask" ? 1 : 1.2,
      ),
      atMost(
        `${called} behind NGINX, against gunicorn sync`,
        ours,
        cpu(behind, "gunicorn sync by HTTP"),
        0.5,
      ),
      atMost(
        `${called}, memory of a worker (PSS), against uWSGI`,
        pss("Portico by uwsgi"),
        pss("uWSGI by uwsgi"),
        1.2,
      ),
      ...["Portico, router + 2 workers", "Portico, router + 1 worker"].flatMap((peer) =>
        ["sync", "gthread"].map((worker) =>
          atLeast(
            `${called} over HTTP, requests/s, ${peer.slice(9)}, against gunicorn ${worker}, 2 workers`,
            rps(over, peer),
            rps(over, `gunicorn ${worker}, 2 workers`),
            2,
          ),
        ),
      ),
    ];
  }),
];

export const GOALS: readonly Goal[] = [...NODE, ...PYTHON];

/** How a goal fares: the comparison in each round where both sides count, and its median. */
export function verdict(results: Results, goal: Goal): Verdict {
  const theirs = figures(results, goal.theirs);
  const compared: number[] = [];
  for (const [round, ours] of figures(results, goal.ours)) {
    const other = theirs.get(round);
    if (other !== undefined) compared.push(compare(goal, ours, other));
  }
  const measured = summary(compared);
  if (!measured) return { goal, measured, met: "not measured" };
  const reached = (limit: number): boolean =>
    goal.want === "at most" ? measured.median <= limit : measured.median >= limit;
  if (goal.moonshot !== undefined && reached(goal.moonshot)) return { goal, measured, met: "moonshot" };
  return { goal, measured, met: reached(goal.goal) ? "goal" : "not met" };
}

function compare({ compare }: Goal, ours: number, theirs: number): number {
  if (compare === "alone") return ours;
  return compare === "ratio" ? ours / theirs : ours - theirs;
}

function figures(results: Results, { workload, peer, metric }: Of): Map<number, number> {
  return byRound(results, workload, peer, metric);
}
