import { at, type Finding, type Rule } from "../finding.ts";
import { type Node, walk } from "../tree.ts";

/** `$uri` is decoded: %0d%0a in a request is a new line in what it is written into. */
export const splitting: Rule = (nodes) =>
  walk(nodes).flatMap((node): Finding[] => {
    const variable = node.args.map((word) => /\$\{?(uri|document_uri)\b/.exec(word)?.[1]).find(Boolean);
    if (variable === undefined || !writesHead(node)) return [];
    const fixed = node.args.map((word) => word.replace(/\$\{?(?:uri|document_uri)\b\}?/g, "$request_uri"));
    const proxied = node.name === "proxy_pass";
    return [
      at(
        node,
        "error",
        "splitting",
        `$${variable} in ${node.name}`,
        `it is decoded, so that %0d%0a in a request ends the line: a client can add ${proxied ? "headers, or a request, to what the app server gets" : "headers to the answer that others get"}`,
        // Without a URI, proxy_pass hands on what was asked for, as it was asked for.
        [
          proxied
            ? `proxy_pass ${node.args[0]?.replace(/\$\{?(?:uri|document_uri)\b\}?.*$/, "").replace(/\/$/, "")};`
            : `${node.name} ${fixed.join(" ")};`,
        ],
      ),
    ];
  });

function writesHead({ name, args }: Node): boolean {
  if (name === "proxy_pass" || name === "add_header" || name === "proxy_set_header") return true;
  if (name === "return") return /^30\d$/.test(args[0] ?? "") || args.length === 1;
  return (
    name === "rewrite" && (/^(redirect|permanent)$/.test(args[2] ?? "") || /^https?:/.test(args[1] ?? ""))
  );
}
