import { at, type Finding, type Rule } from "../finding.ts";
import { enclosing, find, inForce } from "../tree.ts";

/** What NGINX shows strangers without need. */
export const exposure: Rule = (nodes) => [
  ...version(nodes),
  ...listings(nodes),
  ...statusPages(nodes),
  ...oldTls(nodes),
];

const version = (nodes: Parameters<Rule>[0]): Finding[] => {
  const [http] = find(nodes, "http");
  const set = find(nodes, "server_tokens");
  const place = set.find(({ args }) => args[0] === "on") ?? (set.length === 0 ? http : undefined);
  return place === undefined
    ? []
    : [
        at(
          place,
          "advice",
          "server-tokens",
          "answers tell NGINX's version",
          "it tells strangers which holes to try",
          ["server_tokens off;"],
        ),
      ];
};

const listings = (nodes: Parameters<Rule>[0]): Finding[] =>
  find(nodes, "autoindex")
    .filter(({ args }) => args[0] === "on")
    .map((node) =>
      at(
        node,
        "warning",
        "autoindex",
        "autoindex lists what is in the directory",
        "files that nobody links to are found: backups, keys, drafts",
        ["autoindex off;"],
      ),
    );

const statusPages = (nodes: Parameters<Rule>[0]): Finding[] =>
  find(nodes, "stub_status").flatMap((node) => {
    const block = node.parent;
    const guarded =
      block !== undefined &&
      ["allow", "deny", "auth_basic", "internal", "auth_request"].some(
        (name) => inForce(block, name).length > 0,
      );
    const local = enclosing(node).some((level) =>
      level.block?.some(
        ({ name, args }) => name === "listen" && /^(127\.|\[::1\]|localhost|unix:)/.test(args[0] ?? ""),
      ),
    );
    return guarded || local
      ? []
      : [
          at(node, "warning", "open-status", "stub_status for everybody", "it tells how busy the site is", [
            "allow 127.0.0.1;",
            "allow ::1;",
            "deny all;",
          ]),
        ];
  });

const OLD = /^(SSLv[23]|TLSv1(\.1)?)$/;

/** Those that hold for a server with TLS: Debian's nginx.conf names them for servers that nobody has. */
const oldTls = (nodes: Parameters<Rule>[0]): Finding[] => {
  const secure = find(nodes, "server").filter(({ block }) =>
    block?.some(({ name, args }) => name === "listen" && args.includes("ssl")),
  );
  return [...new Set(secure.flatMap((server) => inForce(server, "ssl_protocols")))]
    .filter(({ args }) => args.some((word) => OLD.test(word)))
    .map((node) =>
      at(
        node,
        "warning",
        "old-tls",
        `${node.args.filter((word) => OLD.test(word)).join(" and ")} for https`,
        "these versions are broken and withdrawn (RFC 8996); every browser since 2014 speaks TLS 1.2",
        ["ssl_protocols TLSv1.2 TLSv1.3;"],
      ),
    );
};
