import { connect } from "node:net";
import { findDirectives, parseConf } from "./conf.ts";

/** How long a listening socket may take to accept; it is on this machine. Milliseconds. */
const CONNECT_TIMEOUT = 2_000;

/**
 * Connects to every address on which the site listens.
 * @throws Error that names the first address which does not answer.
 */
export async function assertAnswers(siteText: string): Promise<void> {
  const listen = findDirectives(parseConf(siteText), "listen").map(({ args }) => args[0] ?? "");
  await Promise.all([...new Set(listen)].map(assertAccepts));
}

/** Where to reach what `listen` names: a wildcard address is reached on loopback. */
export function reachable(listen: string): { path: string } | { host: string; port: number } {
  if (listen.startsWith("unix:")) return { path: listen.slice("unix:".length) };
  if (/^\d+$/.test(listen)) return { host: "127.0.0.1", port: Number(listen) };
  const [, host = listen, port = "80"] = /^(\[.*\]|[^:]+)(?::(\d+))?$/.exec(listen) ?? [];
  const plain = host.replace(/^\[|\]$/g, "");
  if (plain === "*" || plain === "0.0.0.0") return { host: "127.0.0.1", port: Number(port) };
  return { host: plain === "::" ? "::1" : plain, port: Number(port) };
}

function assertAccepts(listen: string): Promise<void> {
  const target = reachable(listen);
  return new Promise((resolve, reject) => {
    const socket = connect(target);
    const fail = (why: string): void => {
      socket.destroy();
      reject(new Error(`NGINX took the site, but nothing answers on ${listen}: ${why}`));
    };
    socket.setTimeout(CONNECT_TIMEOUT, () => fail(`no answer within ${CONNECT_TIMEOUT / 1000} s`));
    socket.once("error", (error) => fail(error.message));
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}
