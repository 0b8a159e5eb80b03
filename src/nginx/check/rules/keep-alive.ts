import { at, type Finding, type Rule } from "../finding.ts";
import { type Pass, passesIn, socketPath } from "../passes.ts";
import { inForce, type Node, valueIn } from "../tree.ts";

/** Connections to the app server that are made anew for each request: three to five times the cost of one kept. */
export const keepAlive: Rule = (nodes) => {
  const told = new Set<Node>();
  return passesIn(nodes).flatMap((pass): Finding[] => {
    if (pass.module === "fastcgi") return fastcgi(pass);
    if (pass.module !== "proxy") return [];
    // A name that NGINX resolves, or a variable: nobody's app server next door.
    if (pass.upstream === undefined && (pass.target.includes("$") || !isNear(pass.target))) return [];
    return [...protocol(pass), ...upstream(pass, told)];
  });
};

function fastcgi({ node, block, upstream }: Pass): Finding[] {
  if (upstream === undefined || !has(upstream, "keepalive") || valueIn(block, "fastcgi_keep_conn") === "on")
    return [];
  return [
    at(
      node,
      "warning",
      "no-keep-alive",
      "the upstream has keepalive, and NGINX asks the app server to close each connection",
      "connections are kept only where FastCGI is told so",
      ["fastcgi_keep_conn on;"],
    ),
  ];
}

function protocol({ node, block }: Pass): Finding[] {
  const version = valueIn(block, "proxy_http_version");
  const connection = inForce(block, "proxy_set_header").find(
    ({ args }) => args[0]?.toLowerCase() === "connection",
  );
  const write: string[] = [];
  if (version === undefined || version === "1.0") write.push("proxy_http_version 1.1;");
  // "upgrade" by itself, as tutorials for WebSocket have it, ends keep-alive for everything else.
  if (connection === undefined || /^(close|upgrade)$/i.test(connection.args[1] ?? ""))
    write.push('proxy_set_header Connection "";');
  if (write.length === 0) return [];
  return [
    at(
      node,
      "warning",
      "no-keep-alive",
      "proxying with a new connection for each request",
      "NGINX speaks HTTP/1.0 and sends Connection: close unless told otherwise; a kept connection costs a third or less",
      write,
    ),
  ];
}

function upstream({ node, upstream, target }: Pass, told: Set<Node>): Finding[] {
  if (upstream === undefined)
    return [
      at(
        node,
        "advice",
        "no-upstream",
        `proxy_pass straight to ${target}`,
        "only an upstream block keeps connections",
        [
          "upstream app {",
          `    server ${target};`,
          "    keepalive 32;",
          "}",
          "# and: proxy_pass http://app;",
        ],
      ),
    ];
  if (told.has(upstream) || has(upstream, "keepalive")) return [];
  told.add(upstream);
  return [
    at(
      upstream,
      "warning",
      "no-keep-alive",
      `upstream ${upstream.args[0]} keeps no connections`,
      "each request makes a connection to the app server and closes it",
      ["keepalive 32;"],
    ),
  ];
}

function isNear(target: string): boolean {
  return socketPath(target) !== undefined || /^(localhost|127\.|\[::1\])/.test(target);
}

function has(block: Node, name: string): boolean {
  return block.block?.some((node) => node.name === name) === true;
}
