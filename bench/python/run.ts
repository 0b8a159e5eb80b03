import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bindUnix } from "../../src/listener/bind.ts";
import { answered, ask, children, cpuMicroseconds, load, median, stop } from "../measure.ts";
import { proportionalBytes } from "./proportional-bytes.ts";

/**
 * Portico's Python worker and uWSGI, one worker each, behind the same NGINX (`uwsgi_pass`, unix socket):
 * CPU of the worker per request, and its memory. Taken in turn in one run, since the machine drifts.
 * `node bench/python/run.ts [bare|flask …]`; ROUNDS, SECONDS, PYTHON and LOGGING=1 in the environment.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const SECONDS = Number(process.env["SECONDS"] ?? 4);
/** Debian's, which is what Debian's uWSGI has inside. */
const PYTHON = process.env["PYTHON"] ?? "/usr/bin/python3";
const LOGGING = process.env["LOGGING"] === "1";
const APPS: Record<string, string> = { bare: "bare", flask: "flask_hello" };
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(APPS);

const here = fileURLToPath(new URL(".", import.meta.url));
const worker = join(here, "..", "..", "python", "portico_worker");
const scratch = mkdtempSync(join(tmpdir(), "portico-bench-"));
const PORTS = { portico: 7201, uwsgi: 7202 };
type Server = keyof typeof PORTS;

/** A server that answers on its port, and the process that runs the app. */
interface Running {
  readonly pid: number;
  stop(): Promise<void>;
}

const socketPath = (server: Server): string => join(scratch, `${server}.sock`);

async function startPortico(module: string): Promise<Running> {
  const bound = await bindUnix(socketPath("portico"), { mode: 0o666, uid: undefined, gid: undefined });
  const child = spawn(PYTHON, [worker], {
    stdio: ["ignore", "ignore", "inherit", bound.fd, "ipc"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "" },
  });
  const listener = { fd: 3, protocol: "uwsgi", address: socketPath("portico"), backlog: 1024 };
  const config = { chdir: here, module, logRequests: LOGGING };
  child.send({ type: "start", id: 1, generation: 1, listeners: [listener], config });
  await new Promise<void>((resolve, reject) =>
    child.on("message", (message: { type: string; message?: string }) => {
      if (message.type === "ready") resolve();
      if (message.type === "failed") reject(new Error(message.message));
    }),
  );
  return {
    pid: child.pid!,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await stop(child);
      bound.close();
    },
  };
}

async function startUwsgi(module: string): Promise<Running> {
  const socket = ["--socket", socketPath("uwsgi"), "--listen", "100"];
  const app = ["--plugin", "python3", "--chdir", here, "--module", module];
  const quiet = LOGGING ? [] : ["--disable-logging"];
  const child = spawn(
    "uwsgi",
    ["--master", "--processes", "1", "--die-on-term", ...socket, ...app, ...quiet],
    {
      stdio: "ignore",
    },
  );
  await answered({ port: PORTS.uwsgi });
  return { pid: children(child.pid!)[0]!, stop: () => stop(child) };
}

function startNginx(): ChildProcess {
  const folder = join(scratch, "nginx");
  mkdirSync(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const params = ["QUERY_STRING $query_string", "REQUEST_METHOD $request_method"]
    .concat(["CONTENT_TYPE $content_type", "CONTENT_LENGTH $content_length", "REQUEST_URI $request_uri"])
    .concat(["PATH_INFO $document_uri", "DOCUMENT_ROOT $document_root", "SERVER_PROTOCOL $server_protocol"])
    .concat(["REQUEST_SCHEME $scheme", "REMOTE_ADDR $remote_addr", "REMOTE_PORT $remote_port"])
    .concat(["SERVER_PORT $server_port", "SERVER_NAME $server_name"]);
  const site = (server: Server): string =>
    `server { listen 127.0.0.1:${PORTS[server]}; server_name localhost; location / {
      ${params.map((param) => `uwsgi_param ${param};`).join(" ")} uwsgi_pass unix:${socketPath(server)}; } }`;
  writeFileSync(
    join(folder, "nginx.conf"),
    `user root; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit; daemon off;
events { worker_connections 512; }
http { access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
  ${site("portico")} ${site("uwsgi")} }`,
  );
  return spawn("nginx", ["-c", join(folder, "nginx.conf"), "-e", "stderr"], { stdio: "inherit" });
}

const results: Record<string, number[]> = {};
const note = (row: string, value: number): void => {
  results[row] ??= [];
  results[row].push(value);
};

async function round(server: Server, app: string): Promise<number> {
  const running = await (server === "portico" ? startPortico : startUwsgi)(APPS[app]!);
  try {
    const port = PORTS[server];
    await answered({ port });
    await load(port, 1);
    const before = cpuMicroseconds(running.pid);
    const { requests } = await load(port, SECONDS);
    const cost = (cpuMicroseconds(running.pid) - before) / requests;
    note(`CPU µs/request: ${app}, ${server}`, cost);
    for (let i = 0; i < 200; i++) await ask({ port });
    note(`memory, MB (PSS): ${app}, ${server}`, proportionalBytes(running.pid) / 2 ** 20);
    return cost;
  } finally {
    await running.stop();
  }
}

const front = startNginx();
front.once("exit", (status) => {
  // Another NGINX on the ports would be measured in its place.
  if (status) throw new Error(`NGINX exited with ${status}`);
});
try {
  for (let number = 1; number <= ROUNDS; number++) {
    for (const app of wanted) {
      // Whoever comes first in a round, the other does in the next.
      const order: Server[] = number % 2 === 1 ? ["portico", "uwsgi"] : ["uwsgi", "portico"];
      const cost: Partial<Record<Server, number>> = {};
      for (const server of order) cost[server] = await round(server, app);
      note(`ratio: ${app}, portico / uwsgi`, cost.portico! / cost.uwsgi!);
      console.log(`round ${number}, ${app}: ${cost.portico!.toFixed(1)} / ${cost.uwsgi!.toFixed(1)} µs`);
    }
  }
} finally {
  front.kill();
  rmSync(scratch, { recursive: true, force: true });
}

for (const [row, values] of Object.entries(results).sort())
  console.log(
    `${row.padEnd(44)} ${median(values).toFixed(2).padStart(8)}  (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`,
  );
