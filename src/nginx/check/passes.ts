import { find, type Node, walk } from "./tree.ts";

/** A directive that hands requests to an app server: `proxy_pass`, `uwsgi_pass`, `fastcgi_pass`, `scgi_pass`, `grpc_pass`. */
export interface Pass {
  readonly node: Node;
  /** The block it is in: a location, or an `if` in one. */
  readonly block: Node;
  /** What its directives begin with. */
  readonly module: "proxy" | "uwsgi" | "fastcgi" | "scgi" | "grpc";
  /** Without scheme and path: "backend", "unix:/run/hello.sock", "127.0.0.1:3031". */
  readonly target: string;
  /** The upstream block that it names. */
  readonly upstream: Node | undefined;
  /** Where requests end up, as `server` takes it. */
  readonly servers: readonly string[];
}

const PASS = /^(proxy|uwsgi|fastcgi|scgi|grpc)_pass$/;

export function passesIn(nodes: readonly Node[]): Pass[] {
  const upstreams = find(nodes, "upstream");
  return walk(nodes).flatMap((node): Pass[] => {
    const module = PASS.exec(node.name)?.[1] as Pass["module"] | undefined;
    if (module === undefined || node.parent === undefined) return [];
    const target = targetOf(node.args[0] ?? "");
    const upstream = upstreams.find(({ args }) => args[0] === target);
    const servers = upstream
      ? (upstream.block ?? []).filter(({ name }) => name === "server").map(({ args }) => args[0] ?? "")
      : [target];
    return [{ node, block: node.parent, module, target, upstream, servers }];
  });
}

/** The path of a server that is a unix socket. */
export function socketPath(server: string): string | undefined {
  return server.startsWith("unix:") ? server.slice("unix:".length) : undefined;
}

/** "http://backend/path" → "backend"; "unix:/run/x.sock:/uri" → "unix:/run/x.sock" */
function targetOf(argument: string): string {
  const bare = argument.replace(/^[a-z]+:\/\//i, "");
  if (bare.startsWith("unix:")) return bare.replace(/^(unix:[^:]*):.*$/, "$1");
  return bare.replace(/[/?].*$/, "");
}
