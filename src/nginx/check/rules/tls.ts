import { at, type Finding, type Rule } from "../finding.ts";
import { find } from "../tree.ts";

/** Servers with TLS: the newer protocol, and a way from http to https. */
export const tls: Rule = (nodes) =>
  find(nodes, "server").flatMap((server): Finding[] => {
    const inside = server.block ?? [];
    const secure = inside.filter(({ name, args }) => name === "listen" && args.includes("ssl"));
    if (secure.length === 0) return [];
    const findings: Finding[] = [];
    const listen = secure[0]!;
    const http2 =
      secure.some(({ args }) => args.includes("http2")) ||
      find(nodes, "http2").some(({ args }) => args[0] === "on");
    if (!http2)
      findings.push(
        at(
          listen,
          "advice",
          "http2",
          "TLS without HTTP/2",
          "browsers ask one thing after the other on each of six connections",
          [`listen ${listen.args.join(" ")} http2;  # NGINX 1.25.1 and newer: http2 on;`],
        ),
      );
    const has = (name: string): boolean =>
      [...inside, ...(server.parent?.block ?? [])].some((node) => node.name === name);
    if (!has("ssl_certificate") && !has("ssl_reject_handshake"))
      findings.push(
        at(
          listen,
          "error",
          "no-certificate",
          "listen with ssl, and no ssl_certificate",
          "every handshake fails",
          ["ssl_certificate     /etc/ssl/example.pem;", "ssl_certificate_key /etc/ssl/example.key;"],
        ),
      );
    return findings;
  });
