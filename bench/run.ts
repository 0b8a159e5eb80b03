import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  answered,
  ask,
  children,
  cpuMicroseconds,
  killAll,
  load,
  median,
  privateBytes,
  start,
  stop,
} from "./measure.ts";

/** Rounds for each row, seconds of load for each round. */
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const SECONDS = Number(process.env["SECONDS"] ?? 4);

const here = fileURLToPath(new URL(".", import.meta.url));
const app = (name: string): string => join(here, "apps", `${name}.ts`);
const scratch = mkdtempSync(join(tmpdir(), "portico-bench-"));
// NGINX reaches the workers where a directory is open to others: mkdtemp makes it closed.
chmodSync(scratch, 0o755);
const PORTS = { http: 7100, node: 7101, proxy: 7102, uwsgi: 7103, fastcgi: 7104 };
const main = join(here, "..", "src", "main.ts");
const quiet = ["--disable-warning=ExperimentalWarning"];
const portico = (name: string): string[] => [
  ...quiet,
  main,
  app(name),
  "--processes=1",
  "--disable-logging",
  "--vacuum",
  `--http-socket=127.0.0.1:${PORTS.http}`,
  `--socket=${scratch}/app.sock`,
  `--fastcgi-socket=${scratch}/app.fastcgi.sock`,
];
const env = { PORTICO_RUNTIME_DIR: join(scratch, "run"), PORT: String(PORTS.node) };

const results: Record<string, number[]> = {};
const note = (row: string, value: number): void => {
  results[row] ??= [];
  results[row].push(value);
};

/** CPU of the process that runs the app, behind whatever stands in front. */
async function cpuPerRequest(row: string, port: number, pid: number): Promise<void> {
  await load(port, 1);
  const before = cpuMicroseconds(pid);
  const { requests } = await load(port, SECONDS);
  note(row, (cpuMicroseconds(pid) - before) / requests);
}

function nginx(): ChildProcess {
  const folder = join(scratch, "nginx");
  mkdirSync(folder, { recursive: true });
  const site = (port: number, location: string): string =>
    `server { listen 127.0.0.1:${port}; access_log off; location / { ${location} } }`;
  writeFileSync(
    join(folder, "nginx.conf"),
    `user root; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit; daemon off;
events { worker_connections 512; }
http {
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
  upstream http_app { zone http_app 64k; server unix:${scratch}/app.1.sock; keepalive 64; }
  upstream fastcgi_app { zone fastcgi_app 64k; server unix:${scratch}/app.fastcgi.sock; keepalive 64; }
  ${site(PORTS.proxy, 'proxy_pass http://http_app; proxy_http_version 1.1; proxy_set_header Connection "";')}
  ${site(PORTS.uwsgi, `include /etc/nginx/uwsgi_params; uwsgi_pass unix:${scratch}/app.sock;`)}
  ${site(PORTS.fastcgi, "include /etc/nginx/fastcgi_params; fastcgi_pass fastcgi_app; fastcgi_keep_conn on;")}
}`,
  );
  return spawn("nginx", ["-c", join(folder, "nginx.conf"), "-e", "stderr"], { stdio: "inherit" });
}

async function serveNode(round: (pid: number) => Promise<void>): Promise<void> {
  const { child, ms } = await start(
    process.execPath,
    [...quiet, app("node-http")],
    { port: PORTS.node },
    env,
  );
  note("first answer, ms: node, node:http", ms);
  await round(child.pid!);
  for (let i = 0; i < 2000; i++) await ask({ port: PORTS.node });
  note("private memory, MB: node, node:http", privateBytes(child.pid!) / 2 ** 20);
  await stop(child);
}

async function servePortico(name: string, round: (worker: number) => Promise<void>): Promise<void> {
  const { child, ms } = await start(process.execPath, portico(name), { port: PORTS.http }, env);
  note(`first answer, ms: portico, ${name}`, ms);
  const [worker] = children(child.pid!);
  await round(worker!);
  for (let i = 0; i < 2000; i++) await ask({ port: PORTS.http });
  note(`private memory, MB: portico worker, ${name}`, privateBytes(worker!) / 2 ** 20);
  note("private memory, MB: portico master", privateBytes(child.pid!) / 2 ** 20);
  await stop(child);
}

const idle = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"]);
const front = nginx();
try {
  for (let round = 1; round <= ROUNDS; round++) {
    console.log(`round ${round} of ${ROUNDS}`);
    await serveNode((pid) => cpuPerRequest("CPU µs/request: node:http, direct", PORTS.node, pid));
    await servePortico("fetch", async (pid) => {
      await cpuPerRequest("CPU µs/request: portico fetch, HTTP direct", PORTS.http, pid);
      for (const [wire, port] of [
        ["HTTP kept", PORTS.proxy],
        ["uwsgi", PORTS.uwsgi],
        ["FastCGI kept", PORTS.fastcgi],
      ] as const) {
        await answered({ port });
        await cpuPerRequest(`CPU µs/request: portico fetch, NGINX ${wire}`, port, pid);
      }
    });
    await servePortico("listener", (pid) =>
      cpuPerRequest("CPU µs/request: portico (req, res), HTTP direct", PORTS.http, pid),
    );
  }
  note("private memory, MB: node -e, idle", privateBytes(idle.pid!) / 2 ** 20);
} finally {
  idle.kill();
  killAll();
  front.kill();
  rmSync(scratch, { recursive: true, force: true });
}

const rows = Object.entries(results).map(([row, values]) => ({
  row,
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values),
}));
writeFileSync(
  join(here, "results.json"),
  `${JSON.stringify({ node: process.version, rounds: ROUNDS, seconds: SECONDS, rows }, null, 2)}\n`,
);
for (const { row, median: middle, least, most } of rows)
  console.log(`${row.padEnd(52)} ${middle.toFixed(1).padStart(8)}  (${least.toFixed(1)}–${most.toFixed(1)})`);
