import { readFileSync } from "node:fs";

/** TCP_LISTEN of the kernel's tcp_states.h, as /proc/net/tcp writes it (proc(5)). */
const LISTEN = "0A";

/**
 * Why nobody on this machine answers at a TCP address of the loopback interface: "127.0.0.1:3031". undefined where
 * somebody does, the address is another machine's, or the system does not say.
 */
export function whyNobodyListens(address: string): string | undefined {
  const [, host, port] = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return undefined;
  const ports = listeningPorts();
  return ports === undefined || ports.has(Number(port))
    ? undefined
    : `nothing listens on port ${port} of this machine: is the app server running?`;
}

function listeningPorts(): Set<number> | undefined {
  const ports = new Set<number>();
  for (const [i, file] of ["/proc/net/tcp", "/proc/net/tcp6"].entries()) {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      // A machine without IPv6 has only the first.
      if (i === 0) return undefined;
      continue;
    }
    for (const line of text.split("\n").slice(1)) {
      const [, local = "", , state] = line.trim().split(/\s+/);
      if (state === LISTEN) ports.add(Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16));
    }
  }
  return ports;
}
