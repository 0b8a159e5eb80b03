import { at, type Finding, type Rule } from "../finding.ts";
import { type Pass, passesIn, socketPath } from "../passes.ts";
import { inForce } from "../tree.ts";

/** NGINX's own limits. */
const BODY = 1024 ** 2;
const TIMEOUT = 60;

/** Limits of NGINX that are below the app server's: what the app would have taken is refused in front of it. */
export const agreement: Rule = (nodes, { app }) => {
  if (app === undefined) return [];
  const ours = passesIn(nodes).filter(({ servers }) =>
    servers.some((server) => app.sockets.includes(socketPath(server) ?? "")),
  );
  return ours.flatMap((pass) => [...body(pass, app.limitPost), ...timeout(pass, app.harakiri)]);
};

function body({ node, block }: Pass, limitPost: number): Finding[] {
  const [set] = inForce(block, "client_max_body_size");
  const bytes = set === undefined ? BODY : sizeOf(set.args[0] ?? "");
  if (bytes === undefined || bytes === 0 || limitPost === 0 || bytes >= limitPost) return [];
  return [
    at(
      set ?? node,
      "warning",
      "body-size",
      `bodies of up to ${set?.args[0] ?? "1m, NGINX's default,"} pass, and the app takes ${limitPost} bytes`,
      "larger ones get 413 from NGINX and never reach the app",
      [`client_max_body_size ${limitPost};`],
    ),
  ];
}

function timeout({ node, block, module }: Pass, harakiri: number): Finding[] {
  const name = `${module}_read_timeout`;
  const [set] = inForce(block, name);
  const seconds = set === undefined ? TIMEOUT : secondsOf(set.args[0] ?? "");
  if (seconds === undefined || harakiri === 0 || seconds > harakiri) return [];
  return [
    at(
      set ?? node,
      "warning",
      "timeout",
      `NGINX waits ${set?.args[0] ?? "60s, its default,"} for an app that may take ${harakiri} s (harakiri)`,
      "the client gets 504 from NGINX while the app goes on working; the app server, which knows more, should be first",
      [`${name} ${Math.ceil(harakiri) + 5}s;`],
    ),
  ];
}

/** Bytes of "8k", "20m", "1g"; undefined for what is none, a variable. */
function sizeOf(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * 1024 ** "_kmg".indexOf(unit.toLowerCase() || "_");
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of "60", "60s", "1m30s". */
function secondsOf(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/(\d+)\s*(ms|[smhd])/g)];
  return parts.length === 0
    ? undefined
    : parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!, 0);
}
