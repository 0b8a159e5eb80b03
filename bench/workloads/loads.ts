import { ITEMS } from "../apps/answers.ts";
import type { MetricId } from "../metrics.ts";
import { nodeBehind, porticoBehind, pythonBehind } from "../peers/behind-nginx.ts";
import * as node from "../peers/node.ts";
import * as portico from "../peers/portico.ts";
import * as python from "../peers/python.ts";
import { pm2, watt } from "../peers/supervised.ts";
import { BROWSER } from "./browser.ts";
import type { LoadWorkload } from "./workload.ts";

const METRICS: readonly MetricId[] = ["cpu", "uss", "pss", "rps", "p50", "p99", "p999"];
const SEVERAL: readonly MetricId[] = ["cpu", "uss", "pss", "uneven", "rps", "p50", "p99", "p999"];
const BEHIND: readonly MetricId[] = ["cpu", "nginx", "uss", "pss", "uneven", "rps", "p50", "p99", "p999"];
const STREAM: readonly MetricId[] = ["cpuMegabyte", "uss", "pss", "megabytes"];

const fetch = portico.porticoFetch();
const { porticoListener, porticoHono, porticoExpress } = portico;
const { nodeHttp, honoNodeServer, srvx, fastify, express, bun, deno } = node;
const all = [fetch, porticoListener, porticoHono, porticoExpress].concat([
  nodeHttp,
  honoNodeServer,
  srvx,
  fastify,
  express,
  bun,
  deno,
]);

const few = [fetch, porticoListener, nodeHttp, honoNodeServer, fastify, bun, deno];

const json = { "content-type": "application/json" };
const kilobyte = JSON.stringify(ITEMS.slice(0, 8)).padEnd(1024);

const direct = { group: "direct", metrics: METRICS, pinned: true } as const;
const nginx = { group: "nginx", metrics: BEHIND, pinned: true, load: {} } as const;
const burning = {
  group: "workers",
  pinned: false,
  warmUp: 1_000,
  load: { paths: ["/burn"], connections: 16 },
} as const;

/** What is asked of which peers. Where a group has several workloads, the same processes answer them all, in this order. */
export const LOADS: readonly LoadWorkload[] = [
  {
    ...direct,
    id: "hello",
    title: "13 bytes",
    about: "GET /, 64 kept connections, no header but Host.",
    peers: [...all, node.cluster(1), pm2(1), watt(1)],
    load: {},
  },
  {
    ...direct,
    id: "browser",
    title: "A browser's headers",
    about: "GET / with the 12 headers and the cookies of a real browser; the app reads none of them.",
    peers: [...few, porticoHono, srvx],
    load: { headers: BROWSER },
  },
  {
    ...direct,
    id: "headers",
    title: "A browser's headers, two of them read",
    about: "The same headers; the app reads Accept-Language and Cookie.",
    peers: [fetch, porticoHono, nodeHttp, honoNodeServer, srvx, fastify, bun, deno],
    load: { headers: BROWSER, paths: ["/headers"] },
  },
  {
    ...direct,
    id: "json",
    title: "10 kB of JSON",
    about: "GET /json: 86 objects become 10.7 kB of text at each request.",
    peers: all.filter((peer) => peer !== porticoListener),
    load: { paths: ["/json"] },
  },
  {
    ...direct,
    id: "post-1k",
    title: "POST of 1 kB of JSON",
    about: "The body is parsed and answered as JSON.",
    peers: all.filter((peer) => peer !== porticoListener),
    load: { method: "POST", paths: ["/echo"], headers: json, body: kilobyte },
  },
  {
    ...direct,
    id: "post-1m",
    title: "POST of 1 MB",
    warmUp: 1_000,
    about: "The body (1,048,576 bytes) is read whole into memory; its length is answered. 16 connections.",
    peers: [...few, srvx],
    load: {
      method: "POST",
      paths: ["/upload"],
      headers: { "content-type": "application/octet-stream" },
      body: "a".repeat(2 ** 20),
      connections: 16,
    },
  },
  {
    ...direct,
    id: "stream",
    title: "A streamed download of 100 MB",
    about: "1600 chunks of 64 kB from a stream, 4 connections. CPU time over the megabytes that arrived.",
    metrics: STREAM,
    warmUp: 4,
    peers: [...few, srvx],
    load: { paths: ["/stream"], connections: 4 },
  },
  {
    ...direct,
    id: "pipelined",
    title: "Pipelined",
    about: "GET /, 16 requests sent together on each of 64 connections. wrk takes the time of the batch.",
    peers: [fetch, porticoListener, nodeHttp, srvx, fastify, bun, deno],
    load: { depth: 16 },
  },
  {
    ...direct,
    group: "routes",
    id: "routes",
    title: "100 routes in Hono",
    about: "The same Hono app with 100 routes, each of them asked in turn, half with a parameter.",
    peers: [
      portico.porticoRoutes,
      node.honoNodeServerRoutes,
      node.srvxRoutes,
      node.bunRoutes,
      node.denoRoutes,
    ],
    load: { paths: Array.from({ length: 100 }, (_, i) => `/things${i}/${i % 2 === 0 ? "" : `id${i}`}`) },
  },
  {
    ...nginx,
    id: "nginx-1",
    title: "Behind NGINX, one worker",
    about:
      "GET / through one NGINX worker and a unix socket. CPU of the server alone; NGINX's own beside it.",
    peers: [
      porticoBehind("HTTP", 1),
      porticoBehind("FastCGI", 1),
      porticoBehind("uwsgi", 1),
      nodeBehind("Fastify", "fastify.ts", 1, true),
      nodeBehind("node:http", "node-http.ts", 1, true),
      nodeBehind("node:http", "node-http.ts", 1, false),
    ],
  },
  {
    ...nginx,
    id: "nginx-2",
    title: "Behind NGINX, two workers",
    about: "The same with two workers; a socket for each where HTTP is kept, one for both otherwise.",
    pinned: false,
    peers: [
      porticoBehind("HTTP", 2),
      porticoBehind("FastCGI", 2),
      porticoBehind("uwsgi", 2),
      nodeBehind("Fastify", "fastify.ts", 2, true),
      nodeBehind("node:http", "node-http.ts", 2, true),
    ],
  },
  {
    ...direct,
    group: "workers",
    id: "hello-2",
    title: "13 bytes, two workers",
    about: "GET /, 64 kept connections, no processor kept apart. How the connections fall on the workers.",
    metrics: SEVERAL,
    pinned: false,
    peers: [portico.porticoFetch(2), node.cluster(2), pm2(2), watt(2)],
    load: {},
  },
  {
    ...burning,
    id: "burn",
    title: "A handler that burns 1 ms",
    about:
      "GET /burn, 16 connections: one worker and two. Two can be twice as fast only where two processors are free.",
    metrics: ["rps", "cpu", "uneven", "p50", "p99", "p999"],
    peers: [fetch, portico.porticoFetch(2), node.cluster(1), node.cluster(2)],
  },
  ...(["bare", "flask"] as const).flatMap((kind) => pythonLoads(kind)),
];

function pythonLoads(kind: "bare" | "flask"): LoadWorkload[] {
  const app = kind === "bare" ? "bare" : "flask_hello";
  const called = kind === "bare" ? "bare WSGI" : "Flask";
  return [
    {
      group: `python-nginx-${kind}`,
      id: `python-nginx-${kind}`,
      title: `Python behind NGINX, ${called}, one worker`,
      about: "13 bytes, 64 connections; one virtual environment of Debian's Python for all, uWSGI too.",
      metrics: BEHIND,
      pinned: true,
      warmUp: 2_000,
      peers: pythonBehind(app),
      load: {},
    },
    {
      group: `python-http-${kind}`,
      id: `python-http-${kind}`,
      title: `Python over HTTP, ${called}, two workers`,
      about:
        "13 bytes, 64 connections, nothing in front, no processor kept apart. uWSGI by its http router, kept. " +
        "CPU and memory of all processes, Portico's and uWSGI's routers too.",
      metrics: ["cpu", "all", "uss", "pss", "rps", "p50", "p99", "p999"],
      pinned: false,
      warmUp: 6_000,
      peers: [
        portico.porticoRouter(app, 2),
        portico.porticoRouter(app, 1),
        python.uwsgi(app, 2, "http"),
        python.gunicorn(app, 2, "http"),
        python.gunicorn(app, 2, "http", 4),
        python.waitress(app, "http"),
        python.granian(app, 2, "http"),
      ],
      load: {},
    },
  ];
}
