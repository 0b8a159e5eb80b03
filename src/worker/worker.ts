import { createServer, type Server } from "node:net";
import { errorPage, errorText } from "../app/error-page.ts";
import type { App, Exchange } from "../app/exchange.ts";
import { installLightFetch } from "../app/light-fetch.ts";
import { loadApp } from "../app/loader.ts";
import type {
  FromWorker,
  InheritedListener,
  Moved,
  RouterConfig,
  ToWorker,
  WorkerConfig,
  WorkerReport,
} from "../channel/messages.ts";
import type { TlsHost } from "../gateway/accept-tls.ts";
import { answer, Gateway, type GatewayOptions } from "../gateway/gateway.ts";
import { HttpFacts } from "../gateway/http-facts.ts";
import { createTrust } from "../gateway/trust.ts";
import { type AccessLog, createAccessLog } from "../log/access-log.ts";
import type { Log } from "../log/log.ts";
import { printable } from "../log/printable.ts";
import { acceptFrom } from "../transport/accept.ts";
import type { Transport } from "../transport/transport.ts";
import { connectionMaker } from "./connection-maker.ts";
import { watchLoadedFiles } from "./loaded-files.ts";
import { minorGc } from "./minor-gc.ts";
import type { Send } from "./passing.ts";

/** Milliseconds between reports to the master: they are its heartbeat too. */
const REPORT_INTERVAL = 1_000;
/** Kept connections more than at the last report that are worth one of their own, and milliseconds for more to come. */
const CROWD = 8;
const TELL_AFTER = 100;
/** Milliseconds that an app's own close hooks may take. */
const CLOSE_LIMIT = 5_000;

/** In which the site that Portico writes says that it takes X-Accel-Redirect (src/nginx/features/to-app.ts). */
const SITE_FIELD = "x-portico-site";

/** Python workers are a program of their own (python/portico_worker). */
type Start = Omit<ToWorker & { type: "start" }, "config"> & { readonly config: WorkerConfig | RouterConfig };

/** The app, its gateway and the listeners of one worker process. */
export class Worker {
  ready = false;
  readonly #start: Start;
  readonly #log: Log;
  readonly #accessLog: AccessLog | undefined;
  readonly #send: Send;
  readonly #servers: Server[] = [];
  #app: App | undefined;
  #gateway: Gateway | undefined;
  readonly #redirects: Gateway[] = [];
  /** Connections on their way from another worker, and to one. */
  readonly #taking = new Set<Promise<void>>();
  readonly #passing = new Set<Promise<void>>();
  #replacing = false;
  /** Kept connections as of the last report. */
  #told = 0;
  #telling = false;

  constructor(start: Start, log: Log, send: Send) {
    this.#start = start;
    this.#log = log;
    this.#send = send;
    this.#accessLog = logsRequests(start.config) ? createAccessLog(1) : undefined;
  }

  /** Loads the app and accepts connections. false: it could not, and the master was told why. */
  async start(): Promise<boolean> {
    const { config } = this.#start;
    if (config.dev) watchLoadedFiles((files) => this.#send({ type: "watch", files }));
    try {
      await this.#serve(await load(config, this.#log));
      return true;
    } catch (error) {
      this.#failed(error);
      if (!config.dev) return false;
      await this.#serve(errorApp(error));
      return true;
    }
  }

  /** Accepts nothing more and finishes what is in flight, for `mercy` milliseconds at the most. */
  async drain(mercy: number): Promise<void> {
    for (const server of this.#servers) server.close();
    const gateways = this.#gateway ? [this.#gateway, ...this.#redirects] : [];
    const late = Promise.withResolvers<void>();
    const cut = setTimeout(() => {
      for (const gateway of gateways) gateway.cut();
      late.resolve();
    }, mercy);
    this.#app?.drain?.();
    await Promise.race([settled(this.#taking), late.promise]);
    await Promise.all(gateways.map((gateway) => gateway.drain()));
    // Until the master has them, connections that were passed on are nobody else's.
    await Promise.race([settled(this.#passing), late.promise]);
    clearTimeout(cut);
    await closeApp(this.#app, this.#log);
  }

  /** Passes connections on to other workers, which go on with them. */
  async give(count: number): Promise<void> {
    const { passOn } = await import("./passing.ts");
    if (this.#gateway) passOn(this.#gateway, count, (...message) => this.#pass(...message));
  }

  #pass(message: FromWorker, handle: object, sent: () => void): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    track(this.#passing, promise);
    this.#send(message, handle, () => {
      sent();
      resolve();
    });
  }

  /** Tells a router's app what workers that are gone had taken. */
  lost(pid: number, numbers: readonly number[]): void {
    this.#app?.lost?.(pid, numbers);
  }

  /** Goes on with a connection that another worker has passed on. */
  take(moved: Moved, handle: unknown): void {
    track(this.#taking, this.#goOn(moved, handle));
  }

  async #goOn(moved: Moved, handle: unknown): Promise<void> {
    const { goOn } = await import("./passing.ts");
    if (this.#gateway) await goOn(this.#gateway, moved, handle, this.#start.config.bufferSize);
  }

  report(): WorkerReport {
    const held = this.#gateway?.held ?? [];
    const kept = this.#gateway?.kept ?? 0;
    this.#told = kept;
    return {
      requests: this.#gateway?.requests ?? 0,
      inFlight: this.#gateway?.inFlight ?? 0,
      connections: this.#gateway?.connections ?? 0,
      ...(kept > 0 && { kept }),
      rss: process.memoryUsage.rss(),
      ...(held.length > 0 && { held }),
    };
  }

  /** An error that nobody caught. false: the process cannot go on. */
  uncaught(error: unknown, origin: string): boolean {
    const what = origin === "unhandledRejection" ? "unhandled rejection" : "uncaught exception";
    if (!this.ready) {
      this.#failed(error);
      return false;
    }
    this.#log.error(`${what}: ${errorText(error)}`);
    this.#replace(`${what} in the app`);
    return true;
  }

  flush(): void {
    this.#accessLog?.flush();
  }

  async #serve(app: App): Promise<void> {
    const { config, listeners } = this.#start;
    this.#app = app;
    const gateway = new Gateway({
      app: await sending(this.#start, config.compress ? await compressed(app) : app),
      before: await guarded(this.#start, await staticFiles(config), this.#log),
      errorPage: config.dev ? (error, request) => errorPage(error, request).html : undefined,
      trust: createTrust([...config.trustedPeers, ...(this.#start.guard?.trusted ?? [])]),
      log: this.#log,
      accessLog: this.#accessLog,
      bufferSize: config.bufferSize,
      limitPost: config.limitPost,
      // Behind a router the one who runs the app keeps its time.
      harakiri: config.kind === "router" ? 0 : config.harakiri * 1000,
      // So that the first request after a reload meets the new code.
      keepAlive: !config.dev,
      collect: minorGc,
      onStuck: (reason) => this.#replace(reason),
    });
    this.#gateway = gateway;
    await Promise.all(listeners.map((listener) => this.#listen(gateway, listener)));
    this.ready = true;
    this.#send({ type: "ready", app: app.kind });
    setInterval(() => this.#send({ type: "report", ...this.report() }), REPORT_INTERVAL).unref();
  }

  async #listen(main: Gateway, listener: InheritedListener): Promise<void> {
    const gateway = listener.redirect === undefined ? main : await this.#redirecting(main, listener.redirect);
    const connect = await connectionMaker(listener.protocol, gateway, this.#start.config.bufferSize);
    const secure = listener.tls && (await import("../gateway/accept-tls.ts"));
    const tls = secure?.tlsServer(listener.tls!);
    const server = tls ?? createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ fd: listener.fd, backlog: listener.backlog }, resolve);
    });
    const take = (transport: Transport): void => {
      transport.start(connect(transport));
      if (gateway.connections > this.#told + CROWD) this.#tellSoon(gateway);
    };
    if (tls) secure!.acceptTls(tls, this.#tlsHost(gateway), take);
    else acceptFrom(server, !this.#start.config.nodeSockets, take);
    server.on("error", (error) => this.#log.error(`${listener.address}: ${error.message}`));
    this.#servers.push(server);
  }

  /** Many have come at once: the master may want them spread before the next report. */
  #tellSoon(gateway: Gateway): void {
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => {
      this.#telling = false;
      if (gateway.kept <= this.#told + CROWD) return;
      this.#send({ type: "report", ...this.report() });
    }, TELL_AFTER).unref();
  }

  /** Another gateway, whose app sends everybody on to https. */
  async #redirecting({ options }: Gateway, to: string): Promise<Gateway> {
    const { redirectApp } = await import("../guard/redirect.ts");
    const gateway = new Gateway({ ...options, app: redirectApp(to), before: undefined });
    this.#redirects.push(gateway);
    return gateway;
  }

  #tlsHost(gateway: Gateway): TlsHost {
    return {
      add: (connection) => gateway.add(connection),
      remove: (connection) => gateway.remove(connection),
      failed: (address, reason) =>
        this.#log.info(`no TLS with ${printable(address) || "a client"}: ${printable(reason)}`),
    };
  }

  #failed(error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : "APP_THREW";
    this.#send({ type: "failed", code, message: errorText(error) });
  }

  /** Asks once for a worker to take this one's place. */
  #replace(reason: string): void {
    if (this.#replacing || this.#start.config.dev) return;
    this.#replacing = true;
    this.#send({ type: "replace", reason });
  }
}

// What not every worker needs is loaded by those that do: a file costs 0.4 ms at each start, and zlib 6.

function track(set: Set<Promise<void>>, promise: Promise<void>): void {
  set.add(promise);
  void promise.finally(() => set.delete(promise));
}

async function settled(set: ReadonlySet<Promise<void>>): Promise<void> {
  while (set.size > 0) await Promise.allSettled(set);
}

async function compressed(app: App): Promise<App> {
  const { compressing } = await import("../app/compression.ts");
  return compressing(app, isDirect);
}

/** Outside of compression, as static files are. */
async function sending({ sendFiles, config }: Start, app: App): Promise<App> {
  if (sendFiles === undefined) return app;
  const { roots, token } = sendFiles;
  const { mimeFiles } = config.staticFiles;
  const { sendingFiles } = await import("../app/send-files.ts");
  return sendingFiles(app, { roots, mimeFiles }, ({ request }) => {
    // Those of the other wires are web servers.
    if (!(request instanceof HttpFacts)) return "server";
    const told = request.take(SITE_FIELD);
    if (told !== undefined && told === token) return "site";
    return request.isOverTcp ? "nobody" : "server";
  });
}

async function staticFiles({ staticFiles }: WorkerConfig | RouterConfig) {
  const { directories, maps, wholeMaps } = staticFiles;
  if (directories.length + maps.length + wholeMaps.length === 0) return undefined;
  return (await import("../app/static-files.ts")).serveStatic(staticFiles);
}

async function load(config: WorkerConfig | RouterConfig, log: Log): Promise<App> {
  const app = config.kind === "node" ? await loadOwn(config) : undefined;
  if (config.routes.length === 0 && app) return app;
  const { routedApp } = await import("../router/routes.ts");
  return routedApp({ ...config, log, ...(app && { main: app }) });
}

async function loadOwn({ chdir, module, callable, lightFetch }: WorkerConfig): Promise<App> {
  process.chdir(chdir);
  // Before the app: what it derives from them is light too.
  if (lightFetch) installLightFetch();
  return (await loadApp({ module, callable, chdir })).app;
}

async function guarded(
  { guard, guardFd }: Start,
  next: GatewayOptions["before"],
  log: Log,
): Promise<GatewayOptions["before"]> {
  if (guard === undefined) return next;
  const { behindGuard } = await import("./behind-guard.ts");
  return behindGuard(guard, guardFd, next, log);
}

/** Not through a web server, which compresses itself where it is to: those come by other wires, or over unix sockets. */
function isDirect({ request }: Exchange): boolean {
  return request instanceof HttpFacts && request.isOverTcp;
}

/** A router's requests are in the log of the workers that answer them. */
function logsRequests(config: WorkerConfig | RouterConfig): boolean {
  return config.kind === "node" && config.logRequests;
}

/** In dev an app that cannot be loaded answers with the reason. */
function errorApp(error: unknown): App {
  return {
    kind: "error page",
    handle: (exchange: Exchange) => answer(exchange, 500, errorPage(error, undefined).html, "text/html"),
  };
}

async function closeApp(app: App | undefined, log: Log): Promise<void> {
  if (!app?.close) return;
  const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT).unref());
  try {
    await Promise.race([app.close(), limit]);
  } catch (error) {
    log.error(`the app's close failed: ${errorText(error)}`);
  }
}
