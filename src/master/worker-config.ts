import type { WorkerConfig } from "../channel/messages.ts";
import type { Config } from "../options/config.ts";

/** What of the configuration a worker needs to know. */
export function workerConfig(config: Config, dev: boolean): WorkerConfig {
  return {
    chdir: config.chdir,
    module: config.module ?? "",
    callable: config.callable,
    dev,
    logRequests: !config.disableLogging,
    bufferSize: config.bufferSize,
    limitPost: config.limitPost,
    harakiri: config.harakiri,
    staticMap: config.staticMap,
    trustedPeers: config.trustedPeers,
  };
}

/** The environment of a worker: the master's, then the `env` options. */
export function workerEnv(config: Config, inherited: NodeJS.ProcessEnv, dev: boolean): NodeJS.ProcessEnv {
  // Frameworks show their errors to the client unless they are told that this is production.
  const env: NodeJS.ProcessEnv = { NODE_ENV: dev ? "development" : "production", ...inherited };
  for (const [name, value] of config.env) env[name] = value;
  return env;
}
