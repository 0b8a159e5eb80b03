import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn } from "../passes.ts";
import { inForce, valueIn } from "../tree.ts";

/** WebSockets and events that are sent as they happen. */
export const streaming: Rule = (nodes) =>
  passesIn(nodes).flatMap(({ node, block, module }): Finding[] => {
    if (module !== "proxy") return [];
    const headers = inForce(block, "proxy_set_header");
    const upgrade = headers.find(({ args }) => args[0]?.toLowerCase() === "upgrade");
    if (upgrade !== undefined) {
      const connection = headers.find(({ args }) => args[0]?.toLowerCase() === "connection");
      const version = valueIn(block, "proxy_http_version");
      if (connection?.args[1] && version === "1.1") return [];
      return [
        at(
          upgrade,
          "error",
          "web-socket",
          "Upgrade is passed on without HTTP/1.1 and Connection",
          "the app server cannot switch protocols: WebSockets fail",
          [
            ...(version === "1.1" ? [] : ["proxy_http_version 1.1;"]),
            ...(connection?.args[1] ? [] : ["proxy_set_header Connection $connection_upgrade;"]),
            "# in http: map $http_upgrade $connection_upgrade { default upgrade; '' ''; }",
          ],
        ),
      ];
    }
    if (valueIn(block, "proxy_buffering") === "off") return [];
    return [
      at(
        node,
        "advice",
        "streaming",
        "WebSockets do not pass, and an answer that streams may be held back",
        "Upgrade is not handed on, and buffers are filled first; an app that has neither needs nothing here",
        [
          "proxy_set_header Upgrade $http_upgrade;",
          "proxy_set_header Connection $connection_upgrade;",
          "proxy_buffering off;  # or X-Accel-Buffering: no in the answer",
        ],
      ),
    ];
  });
