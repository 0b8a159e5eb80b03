import { createLog } from "../log/log.ts";
import { Master } from "../master/master.ts";
import { loadConfig } from "../options/config.ts";
import { FileWatch } from "./file-watch.ts";
import { guardsOf } from "./guards.ts";
import type { Program } from "./program.ts";
import { registry } from "./registry.ts";
import { requireModule } from "./run.ts";

/**
 * `portico dev hello.ts`: one worker on the loopback interface, reloaded when a file changes, with
 * error pages in the browser. Not for strangers: error pages show source.
 */
export async function dev(argv: readonly string[], program: Program): Promise<number> {
  const read = () => {
    const config = loadConfig(argv, program.environment);
    const asked =
      config.explicit.has("socket") ||
      config.explicit.has("httpSocket") ||
      config.explicit.has("httpsSocket") ||
      config.explicit.has("fastcgiSocket");
    return {
      ...config,
      processes: 1,
      needApp: false,
      workerSockets: false,
      ...(asked ? {} : { httpSocket: [{ kind: "tcp", host: "localhost", port: 5000 } as const] }),
    };
  };
  const config = read();
  requireModule(config);
  const log = createLog("dev");
  for (const warning of config.warnings) log.warn(warning);
  const watch = new FileWatch(config.chdir, (file) => {
    const began = performance.now();
    void master.reload(`${file} changed`).then((result) => {
      if (result.ok) log.info(`reloaded in ${Math.round(performance.now() - began)} ms`);
    });
  });
  const master = new Master({
    config,
    reread: read,
    version: program.version,
    dev: true,
    log,
    logFd: undefined,
    env: program.env,
    registry: registry(program),
    cwd: program.cwd,
    cache: program.cache,
    temporary: program.temporary,
    reopenLog: () => undefined,
    onReady: ({ url }) =>
      log.info(
        `${config.name} is at ${url ?? "its sockets"} and reloads when a file changes; Ctrl-C stops it`,
      ),
    guards: (read) => guardsOf(read, log),
    onWatch: (files) => watch.add(files),
  });
  try {
    return await master.run();
  } finally {
    watch.close();
  }
}
