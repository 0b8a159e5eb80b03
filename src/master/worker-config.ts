import type { PythonConfig, Route, RouterConfig, StaticConfig, WorkerConfig } from "../channel/messages.ts";
import type { Config } from "../options/config.ts";
import type { PoolPlan } from "./plan.ts";

/** Seconds that a request waits for a free worker behind the router (uWSGI's http-timeout). */
const QUEUE_TIMEOUT = 60;

/** What of the configuration the workers of a pool need to know. */
export function workerConfig(
  config: Config,
  pool: PoolPlan,
  routes: readonly Route[],
  dev: boolean,
): WorkerConfig | PythonConfig | RouterConfig {
  const { bufferSize, limitPost, httpAutoGzip: compress, trustedPeers, nodeSockets } = config;
  const staticFiles = staticConfig(config);
  if (pool.kind === "python") return pythonConfig(config, pool, dev);
  const queue = { queueLimit: config.listen, queueTimeout: QUEUE_TIMEOUT };
  if (pool.kind === "router")
    return {
      kind: "router",
      routes,
      ...queue,
      dev,
      bufferSize,
      limitPost,
      staticFiles,
      compress,
      trustedPeers,
      nodeSockets,
    };
  return {
    kind: "node",
    chdir: config.chdir,
    module: pool.module,
    callable: pool.name === config.name ? config.callable : undefined,
    lightFetch: config.lightFetch,
    dev,
    logRequests: !config.disableLogging,
    bufferSize,
    limitPost,
    harakiri: config.harakiri,
    routes: pool.name === config.name ? routes : [],
    ...queue,
    staticFiles,
    compress,
    trustedPeers,
    nodeSockets,
  };
}

function staticConfig(config: Config): StaticConfig {
  return {
    directories: config.checkStatic,
    maps: config.staticMap,
    wholeMaps: config.staticMap2,
    index: config.staticIndex,
    safe: config.staticSafe,
    skipped: config.staticSkipExt,
    precompressed: config.staticGzipAll,
    expires: config.staticExpires,
    expiresUri: config.staticExpiresUri,
    expiresType: config.staticExpiresType,
    mimeFiles: config.mimefile,
  };
}

function pythonConfig(config: Config, pool: PoolPlan, dev: boolean): PythonConfig {
  const own = pool.name === config.name;
  return {
    kind: "python",
    chdir: config.chdir,
    module: pool.module === "" ? undefined : pool.module,
    callable: own ? config.callable : undefined,
    pythonpath: config.pythonpath,
    pyargv: config.pyargv?.split(/\s+/).filter((argument) => argument !== "") ?? [],
    mounts: pool.mounts,
    // An app that is mounted beside another kind has no other way to know where it is.
    manageScriptName: config.manageScriptName || !own,
    needApp: config.needApp,
    processes: pool.processes,
    threads: config.threads,
    maxRequests: config.maxRequests,
    maxRequestsDelta: config.maxRequestsDelta,
    maxWorkerLifetime: config.maxWorkerLifetime,
    reloadOnRss: config.reloadOnRss,
    harakiri: config.harakiri,
    catchExceptions: config.catchExceptions,
    postBuffering: config.postBuffering,
    fileWrapper: !config.wsgiDisableFileWrapper,
    dev,
    watchFiles: dev || config.pyAutoreload > 0,
    logRequests: !config.disableLogging,
    bufferSize: config.bufferSize,
    limitPost: config.limitPost,
    trustedPeers: config.trustedPeers,
    // What is mounted beside another app is reached through that one, which has looked for a file already.
    staticMap: own ? config.staticMap : [],
    staticMap2: own ? config.staticMap2 : [],
    checkStatic: own ? config.checkStatic : [],
    staticIndex: own ? config.staticIndex : [],
    staticSafe: own ? config.staticSafe : [],
    staticSkipExt: own ? config.staticSkipExt : [],
  };
}

/** The environment of a worker: the master's, then the `env` options. */
export function workerEnv(config: Config, inherited: NodeJS.ProcessEnv, dev: boolean): NodeJS.ProcessEnv {
  // Express shows its errors to the client unless it is told that this is production; Flask keeps them from us,
  // who show them in dev, unless it is told that this is development.
  const mode = dev ? { NODE_ENV: "development", FLASK_DEBUG: "1" } : { NODE_ENV: "production" };
  const env: NodeJS.ProcessEnv = { ...mode, ...inherited };
  for (const [name, value] of config.env) env[name] = value;
  return env;
}
