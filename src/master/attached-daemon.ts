import type { Companion } from "./companion.ts";

/**
 * What `attach-daemon` names, as uWSGI runs it: by the shell, in the foreground, as the workers' user, started
 * before them and again after each reload, ended after them.
 */
export function attachedDaemon(command: string, cwd: string): Companion {
  return {
    name: command.split(/\s+/)[0]!,
    place: "behind",
    stopSignal: "SIGTERM",
    prepare: () => ({ file: "/bin/sh", args: ["-c", `exec ${command}`], cwd }),
    ready: async () => {},
    reload: () => "restart",
    listeners: () => [],
    url: () => undefined,
  };
}
