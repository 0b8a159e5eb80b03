import { basename, dirname, extname, join } from "node:path";
import type { Protocol, Route } from "../channel/messages.ts";
import type { ListenAddress } from "../listener/bind.ts";
import type { CertificateFiles } from "../listener/certificates.ts";
import { sharedSocketPath } from "../listener/worker-socket.ts";
import { formatAddress } from "../options/address.ts";
import { type AppKind, appKind } from "../options/app-kind.ts";
import type { Config } from "../options/config.ts";

/** The workers of one app, or the router's. */
export interface PoolPlan {
  /** The instance's name, a mounted app's prefix, or "router". */
  readonly name: string;
  readonly kind: AppKind | "router";
  readonly processes: number;
  /** The app; "" for the router, and for Python apps that are all mounted. */
  readonly module: string;
  /** [prefix, module]: apps that a Python worker holds beside its own. */
  readonly mounts: readonly (readonly [string, string])[];
}

/** A socket to bind, and whose workers serve it. */
export interface ListenPlan {
  readonly pool: string;
  readonly protocol: Protocol;
  readonly address: ListenAddress;
  /** How many workers there are to have a TCP socket of their own. */
  readonly copies: number;
  /** Whether each worker has a socket of its own beside this one. */
  readonly workerSockets: boolean;
  /** Whether NGINX is told of new ones by itself. */
  readonly siteFollows: boolean;
  /** Between our own processes: nobody else may connect. */
  readonly internal: boolean;
  /** The workers keep the connections of the router, which is the only one to connect (docs/adr/0021). */
  readonly kept: boolean;
  /** Of "https"; the name tells it from others through reloads. */
  readonly tls?: { readonly name: string; readonly files: CertificateFiles };
  /** Sends on to https, with this behind the host's name. */
  readonly redirect?: string;
}

/** Which pools there are and what each listens on. */
export interface Plan {
  readonly pools: readonly PoolPlan[];
  readonly listen: readonly ListenPlan[];
  /** What is passed on to whom, by the router or by the main app's node workers. */
  readonly routes: readonly Route[];
}

/** Requests that a router may have under way to node workers, which answer many at once. */
const NODE_IN_FLIGHT = 4096;

/**
 * Node workers speak every wire, and pass on what is mounted beside their app. Python workers speak uwsgi: HTTP
 * and FastCGI in front of them are the router's.
 * @param folder for sockets between our own processes
 */
export function planOf(config: Config, folder: string): Plan {
  const apps = appPools(config);
  const main = apps[0]!;
  const router = main.kind === "python";
  const outside = outsideOf(config);
  const routed = router ? outside.filter(({ protocol }) => protocol !== "uwsgi") : [];
  const listen: ListenPlan[] = outside.map(({ protocol, address, tls, redirect }) => ({
    pool: router && protocol !== "uwsgi" ? "router" : main.name,
    protocol,
    address,
    copies: router && protocol !== "uwsgi" ? 1 : main.processes,
    workerSockets: config.workerSockets && main.kind === "node" && config.socket.includes(address as never),
    siteFollows: config.nginx === "private",
    internal: false,
    kept: false,
    ...(tls && { tls }),
    ...(redirect !== undefined && { redirect }),
  }));
  const routes: Route[] = [];
  const shared = config.protocol === "uwsgi" ? config.socket.find(isFile)?.path : undefined;
  for (const app of apps) {
    const known = app === main && shared !== undefined;
    const path = known ? shared : appSocket(app, shared, folder);
    const isOnlySocket = shared === undefined && !listen.some(({ pool }) => pool === app.name);
    const kept = router && app.kind === "python" && isOnlySocket;
    // Where NGINX is to reach a mounted app its socket is open as the main one is.
    if (!known && (app !== main || routed.length > 0))
      listen.push({
        pool: app.name,
        protocol: "uwsgi",
        address: { kind: "unix", path },
        copies: 1,
        workerSockets: false,
        siteFollows: false,
        internal: shared === undefined,
        kept,
      });
    // Node workers answer for their own app and pass on what is mounted; a router passes on everything.
    if (router || app !== main)
      routes.push({
        prefix: app === main ? "" : app.name,
        kind: app.kind === "python" ? "python" : "node",
        socket: sharedSocketPath(path),
        maxInFlight: maxInFlight(app.kind, app.processes, config),
        kept,
      });
  }
  if (!router) return { pools: apps, listen, routes };
  if (routed.length === 0) return { pools: apps, listen, routes: [] };
  const routerPool: PoolPlan = { name: "router", kind: "router", processes: 1, module: "", mounts: [] };
  return { pools: [...apps, routerPool], listen, routes };
}

/** The routes when each app has so many workers. */
export function routesFor(
  { routes, pools }: Plan,
  workers: (pool: string) => number,
  config: Config,
): readonly Route[] {
  const main = pools[0]!.name;
  return routes.map((route) => ({
    ...route,
    maxInFlight: maxInFlight(route.kind, workers(route.prefix || main), config),
  }));
}

function maxInFlight(kind: PoolPlan["kind"], workers: number, { threads }: Config): number {
  return kind === "python" ? workers * threads : NODE_IN_FLIGHT;
}

type Outside = Pick<ListenPlan, "protocol" | "address" | "tls" | "redirect">;

/** What others than our own processes may ask. */
function outsideOf(config: Config): Outside[] {
  const origin = (option: "https-socket" | "sni", i: number): string =>
    `${config.origins.get(option)?.[i] ?? option}: Cannot set ${option}`;
  const named = config.sni.map((one, i) => ({ ...one, where: origin("sni", i) }));
  const names = new Map<string, number>();
  const secure = (address: ListenAddress, files: Omit<CertificateFiles, "named">): Outside => {
    // Of those at one address, port 0 above all, the order tells.
    const at = formatAddress(address);
    const count = (names.get(at) ?? 0) + 1;
    names.set(at, count);
    return { protocol: "https", address, tls: { name: `${at} ${count}`, files: { ...files, named } } };
  };
  return [
    ...config.socket.map((address) => ({ protocol: config.protocol, address })),
    ...config.httpSocket.map((address) => ({ protocol: "http" as const, address })),
    ...config.httpsSocket.map(({ address, certificate, key, ...rest }, i) =>
      secure(address, { ...rest, pairs: [{ certificate, key }], where: origin("https-socket", i) }),
    ),
    ...config.siteListeners.map(({ address, tls, redirect }) =>
      tls
        ? secure(address, { ...tls, ciphers: undefined, required: false })
        : { protocol: "http" as const, address, ...(redirect !== undefined && { redirect }) },
    ),
    ...config.fastcgiSocket.map((address) => ({ protocol: "fastcgi" as const, address })),
  ];
}

/** The main app first; mounted apps of another kind, and all of node's, have workers of their own. */
function appPools(config: Config): PoolPlan[] {
  const { processes, plugin, chdir } = config;
  const mounts = config.mount.map(([prefix, module]) => ({
    prefix: prefix.replace(/\/+$/, ""),
    module,
    kind: appKind(module, plugin, chdir),
  }));
  const kind =
    config.module === undefined ? (mounts[0]?.kind ?? "node") : appKind(config.module, plugin, chdir);
  const inside = kind === "python" ? mounts.filter((mount) => mount.kind === "python") : [];
  const main: PoolPlan = {
    name: config.name,
    kind,
    processes,
    module: config.module ?? "",
    mounts: inside.map(({ prefix, module }) => [prefix, module]),
  };
  const own = mounts.filter((mount) => !inside.includes(mount));
  return [
    main,
    ...own.map(
      ({ prefix, module, kind: own }): PoolPlan => ({
        name: prefix,
        kind: own,
        processes,
        module: own === "python" ? "" : module,
        mounts: own === "python" ? [[prefix, module]] : [],
      }),
    ),
  ];
}

/** Where a mounted app's workers are reached: "/srv/hello.sock", "/api" → "/srv/hello.api.sock". */
export function mountSocketPath(shared: string, prefix: string): string {
  const extension = extname(shared);
  return join(dirname(shared), `${basename(shared, extension)}.${slug(prefix)}${extension}`);
}

function appSocket(app: PoolPlan, shared: string | undefined, folder: string): string {
  if (shared !== undefined) return mountSocketPath(shared, app.name);
  return join(folder, `${process.pid}-${slug(app.name)}.uwsgi`);
}

function slug(name: string): string {
  return name.replace(/[^A-Za-z\d]+/g, "-").replace(/^-|-$/g, "") || "app";
}

function isFile(address: ListenAddress): address is ListenAddress & { kind: "unix" } {
  return address.kind === "unix" && !address.path.startsWith("\0");
}
