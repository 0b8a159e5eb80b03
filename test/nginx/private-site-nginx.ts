import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { masterPid } from "../../src/nginx/processes.ts";
import { findNginx, type Nginx } from "../../src/nginx/system.ts";
import { newerNginx } from "../support/newer-nginx.ts";

/** false where the tests can run, else why they cannot: for `{ skip }`. */
export const withoutNginx: string | false = findNginx() === undefined ? "nginx is not installed" : false;

/** An NGINX of the test's own in a temporary directory, with sites-available and sites-enabled. */
export interface PrivateSiteNginx {
  readonly nginx: Nginx;
  readonly directory: string;
  /** The names in a directory below `directory`, hidden ones too. */
  list(name: string): string[];
  /** Waits until NGINX has ended. */
  stop(): Promise<void>;
}

/** Where to register what is to be done when a test is over: its context. */
export interface Scope {
  after(cleanUp: () => Promise<void>): void;
}

/** Another NGINX than the machine's, and files of modules for it to load. */
export interface OtherNginx {
  readonly binary: string;
  readonly load?: readonly string[];
}

/** Every test here can be tried on a newer NGINX: PORTICO_TEST_NGINX=newer node --test test/nginx/ */
const chosen = process.env["PORTICO_TEST_NGINX"] === "newer" ? newerNginx() : undefined;

/** Lays it out; the first installSite starts it. It is ended and removed with the test. */
export function privateSiteNginx(scope: Scope, other: OtherNginx | undefined = chosen): PrivateSiteNginx {
  const directory = mkdtempSync(path.join(tmpdir(), "portico-site-"));
  // NGINX's workers may be another user.
  chmodSync(directory, 0o755);
  for (const name of ["sites-available", "sites-enabled", "temp"]) mkdirSync(path.join(directory, name));
  const logFile = path.join(directory, "error.log");
  const confFile = path.join(directory, "nginx.conf");
  writeFileSync(
    confFile,
    `${process.getuid?.() === 0 ? "user root;" : ""}
${(other?.load ?? []).map((file) => `load_module ${file};\n`).join("")}worker_processes 2;
pid ${directory}/nginx.pid;
error_log ${logFile};
events { worker_connections 256; }
http {
    access_log off;
    gzip on;
    ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map((kind) => `${kind}_temp_path temp/${kind};`)
      .join("\n    ")
      .replaceAll(" temp/", ` ${directory}/temp/`)}
    include sites-enabled/*;
}
`,
  );
  const nginx = findNginx({ confFile, ...(other && { binary: other.binary }) });
  if (nginx === undefined) throw new Error("nginx is not installed");

  const stop = async (): Promise<void> => {
    const pid = masterPid(nginx);
    if (pid === undefined) return;
    process.kill(pid, "SIGTERM");
    await until("NGINX has ended", () => masterPid(nginx) === undefined);
  };
  scope.after(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    nginx,
    directory,
    list: (name) => readdirSync(path.join(directory, name)).sort(),
    stop,
  };
}

/** A worker of an app server, as far as NGINX can see: HTTP on a unix socket. */
export async function backend(scope: Scope, socket: string, listener: RequestListener): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 75_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o777);
  scope.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return server;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createSocketServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One request on a connection of its own. */
export function get(port: number, target = "/", headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path: target, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** What another process does tells of itself only when looked at. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Waited 10 s in vain until ${what}`);
    await delay(5);
  }
}
