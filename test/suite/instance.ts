import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../support/http-client.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { hostOf, type NginxWire, socketsOf, suiteSites, type Tls } from "./site.ts";
import type { AppFile, Wire } from "./target.ts";

/** One NGINX for apps behind all its wires, and the folder for their sockets. */
export interface Front {
  readonly dir: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** @param tls where NGINX also takes connections with TLS. */
export async function startFront(apps: readonly AppFile[], tls?: Tls): Promise<Front> {
  const dir = await mkdtemp(join(tmpdir(), "portico-suite-"));
  await chmod(dir, 0o755);
  const port = await freePort();
  const nginx: PrivateNginx = await startNginx({ http: suiteSites(dir, apps, port, tls) });
  const stop = async (): Promise<void> => {
    await nginx.stop();
    const left = await readdir(dir);
    await rm(dir, { recursive: true, force: true });
    assert.deepEqual(left, [], "sockets were left behind");
  };
  return { dir, port, stop };
}

/** Where an app of apps/ is. */
export function appFile(app: AppFile): string {
  return fileURLToPath(new URL(`apps/${app}.ts`, import.meta.url));
}

/** Starts one of apps/ with one worker, listening on every wire: HTTP on a TCP port, and what NGINX takes to it. */
export function startApp(front: Front, app: AppFile, more: readonly string[] = []): Promise<RunningPortico> {
  const { http, uwsgi, fastcgi } = socketsOf(front.dir, app);
  const sockets = ["--http-socket", "127.0.0.1:0", "--http-socket", http, "--uwsgi-socket", uwsgi];
  return startPortico({
    args: [appFile(app), ...sockets, "--fastcgi-socket", fastcgi, "--processes", "1", "--vacuum", ...more],
  });
}

export function clientFor(front: Front, app: AppFile, wire: Wire, portico: RunningPortico): HttpClient {
  if (wire === "HTTP direct") return new HttpClient(portico.port);
  const pass = wire.replace(/^NGINX (\w+)_pass$/, "$1") as NginxWire;
  return new HttpClient(front.port, hostOf(app, pass));
}
