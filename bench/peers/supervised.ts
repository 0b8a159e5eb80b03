import type { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { answered } from "../machine/ask.ts";
import { tree } from "../machine/processes.ts";
import { adopt, launch, type Place, type Running, start } from "../machine/server.ts";
import { named } from "./node.ts";
import type { Peer } from "./peer.ts";

/** PM2 in cluster mode. Its daemon is not our child: it tells its pid in a file. */
export function pm2(workers: number): Peer {
  const env = (place: Place): NodeJS.ProcessEnv => ({
    PM2_HOME: join(place.dir, "pm2"),
    PORT: String(place.port),
    // No new version is looked for on the network.
    PM2_DISABLE_VERSION_CHECK: "true",
  });
  return {
    name: named("PM2 cluster", workers),
    needs: "pm2",
    async start(place, { node, programs }): Promise<Running> {
      const script = join(import.meta.dirname, "..", "serve", "pm2.js");
      const own = { ...place, env: { ...place.env, ...env(place) } };
      const pm2 = (...args: string[]): Promise<void> =>
        ended(launch(own, "pm2", [node, programs["pm2"]!, "--silent", ...args]));
      const stop = (): Promise<void> => pm2("kill");
      try {
        await pm2("start", script, "--name", "app", "-i", String(workers), "--wait-ready");
        await answered(place.port);
      } catch (error) {
        await stop();
        throw error;
      }
      const daemon = Number(readFileSync(join(place.dir, "pm2", "pm2.pid"), "utf8"));
      adopt(daemon);
      const children = (): number[] => tree(daemon).filter((pid) => pid !== daemon);
      return { port: place.port, pids: () => tree(daemon), workers: children, master: daemon, stop };
    },
    reload: (_running, place, { node, programs }) =>
      ended(
        launch({ ...place, env: { ...place.env, ...env(place) } }, "reload", [
          node,
          programs["pm2"]!,
          "--silent",
          "reload",
          "app",
        ]),
      ),
  };
}

/** Watt: the app in worker threads of one process. */
export function watt(workers: number): Peer {
  const root = join(import.meta.dirname, "..", "apps", "watt");
  return {
    name: named("Watt", workers),
    needs: "wattpm",
    start: (place, { node, programs }) =>
      start({ ...place, env: { ...place.env, PORT: String(place.port), WORKERS: String(workers) } }, [
        node,
        programs["wattpm"]!,
        "start",
        root,
      ]),
    reload: (running, place, { node, programs }) =>
      ended(launch(place, "reload", [node, programs["wattpm"]!, "restart", String(running.pids()[0])])),
  };
}

/** Resolves when a program of one task has ended well. */
function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) =>
    child
      .once("error", reject)
      .once("exit", (status) =>
        status === 0 ? resolve() : reject(new Error(`${child.spawnargs.join(" ")} exited with ${status}`)),
      ),
  );
}
