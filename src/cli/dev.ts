import { createLog } from "../log/log.ts";
import { Master } from "../master/master.ts";
import { type Config, loadConfig } from "../options/config.ts";
import { FileWatch } from "./file-watch.ts";
import { guardsOf } from "./guards.ts";
import { companionsOf } from "./private-nginx.ts";
import type { Program } from "./program.ts";
import { registry } from "./registry.ts";
import { requireModule } from "./run.ts";
import { sendFilesOf } from "./send-files.ts";
import { hasIpv6 } from "./site.ts";
import { siteAddress } from "./site-address.ts";
import { withSocketForNginx } from "./with-socket.ts";

/**
 * `portico dev hello.ts`: one worker on the loopback interface, reloaded when a file changes, with
 * error pages in the browser. Not for strangers: error pages show source.
 */
export async function dev(given: readonly string[], program: Program): Promise<number> {
  const { argv, config: loaded } = withSocketForNginx(given, program);
  const forDev = (config: Config): Config => {
    const behindNginx = config.nginx === "private";
    const asked =
      config.explicit.has("socket") ||
      config.explicit.has("httpSocket") ||
      config.explicit.has("httpsSocket") ||
      config.explicit.has("fastcgiSocket");
    return {
      ...config,
      processes: 1,
      needApp: false,
      workerSockets: behindNginx,
      ...(behindNginx ? { siteSettings: onLoopback(config, program) } : {}),
      ...(asked ? {} : { httpSocket: [{ kind: "tcp", host: "localhost", port: 5000 } as const] }),
    };
  };
  const config = forDev(loaded);
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
    reread: () => forDev(loadConfig(argv, program.environment)),
    version: program.version,
    dev: true,
    log,
    logFd: undefined,
    env: program.env,
    registry: registry(program),
    companions: companionsOf(config, program),
    cwd: program.cwd,
    cache: program.cache,
    temporary: program.temporary,
    reopenLog: () => undefined,
    onReady: ({ url }) =>
      log.info(
        `${config.name} is at ${url ?? "its sockets"} and reloads when a file changes; Ctrl-C stops it`,
      ),
    guards: (read) => guardsOf(read, program, log),
    sendFiles: (read) => sendFilesOf(read, program),
    onWatch: (files) => watch.add(files),
  });
  try {
    return await master.run();
  } finally {
    watch.close();
  }
}

/**
 * The site's settings for a developer's NGINX: it answers this machine alone, for error pages show source, and
 * has no files of the last build or collectstatic in the place of newer ones.
 */
function onLoopback(config: Config, program: Program): Config["siteSettings"] {
  const { port } = siteAddress(config, program, undefined);
  const origin = { argument: "portico dev" };
  return [
    { name: "static", value: "off", origin },
    ...config.siteSettings.filter(({ name }) => name !== "listen"),
    ...["127.0.0.1", "[::1]"]
      .slice(0, hasIpv6() ? 2 : 1)
      .map((host) => ({ name: "listen", value: `${host}:${port} default_server`, origin })),
  ];
}
