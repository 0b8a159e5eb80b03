import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../support/http-client.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { startNginx } from "../support/private-nginx.ts";
import { PYTHON_APPS, pythonEnv } from "../support/python-env.ts";

/** How a request comes to a Python worker. */
export const WAYS = ["NGINX uwsgi_pass", "the router"] as const;
export type Way = (typeof WAYS)[number];
/** And where nobody but the router reaches the workers, which keep its connections. */
export const KEPT = "a router that keeps its connections";
export const ALL_WAYS = [...WAYS, KEPT] as const;
export type AnyWay = (typeof ALL_WAYS)[number];

/** A Python app, over HTTP by the router, and behind an NGINX with a site as people write it by hand. */
export interface Served {
  readonly portico: RunningPortico;
  /** A folder for the test's files, which the app may read. */
  readonly dir: string;
  /** The one that serves it. */
  instance(way: AnyWay): RunningPortico;
  port(way: AnyWay): number;
  client(way: AnyWay): HttpClient;
  stop(): Promise<void>;
}

/** A site as in the seed: `uwsgi_pass` and the variables that NGINX brings along. */
export function handWritten(port: number, socket: string): string {
  return `
    server {
      listen 127.0.0.1:${port};
      client_max_body_size 100m;
      location / {
        include /etc/nginx/uwsgi_params;
        uwsgi_pass unix:${socket};
      }
    }`;
}

/**
 * @param args the app and its options, beside the sockets
 * @param options.chdir where the app is; that of the tests' apps where it is missing
 */
export async function serve(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly dir?: string;
    readonly python?: readonly string[];
    /** Whether a second instance serves the same over HTTP alone. */
    readonly kept?: boolean;
  } = {},
): Promise<Served> {
  const scratch = await mkdtemp(join(tmpdir(), "portico-python-"));
  await chmod(scratch, 0o755);
  const socket = join(scratch, "app.sock");
  const sitePort = await freePort();
  const nginx = await startNginx({ http: handWritten(sitePort, socket) });
  const sockets = ["--uwsgi-socket", socket, "--http-socket", "127.0.0.1:0", "--vacuum"];
  const python = options.python ?? ["--plugin", "python3", "--virtualenv", pythonEnv()];
  const clients: HttpClient[] = [];
  const start = (...sockets: string[]): Promise<RunningPortico> =>
    startPortico({
      dir: options.dir ?? PYTHON_APPS,
      args: [...python, ...sockets, ...args],
      env: { PYTHONDONTWRITEBYTECODE: "1", ...options.env },
    });
  let portico: RunningPortico;
  let kept: RunningPortico | undefined;
  try {
    portico = await start(...sockets);
    if (options.kept) kept = await start("--http-socket", "127.0.0.1:0", "--vacuum");
  } catch (error) {
    await nginx.stop();
    await rm(scratch, { recursive: true, force: true });
    throw error;
  }
  const port = (way: AnyWay): number =>
    way === KEPT ? kept!.port : way === "the router" ? portico.port : sitePort;
  return {
    portico,
    dir: scratch,
    instance: (way) => (way === KEPT ? kept! : portico),
    port,
    client(way) {
      const client = new HttpClient(port(way));
      clients.push(client);
      return client;
    },
    async stop() {
      for (const client of clients) client.close();
      try {
        await kept?.stop();
        await portico.stop();
        const left = (await readdir(scratch)).filter((name) => name.endsWith(".sock"));
        if (left.length > 0) throw new Error(`left behind: ${left}`);
      } finally {
        await nginx.stop();
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}
