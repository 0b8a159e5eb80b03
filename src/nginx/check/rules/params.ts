import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn } from "../passes.ts";
import { inForce } from "../tree.ts";

/** The CGI variables without which an app server knows nothing of the request. */
export const missingParams: Rule = (nodes) =>
  passesIn(nodes).flatMap(({ node, block, module }): Finding[] => {
    if (module !== "uwsgi" && module !== "fastcgi" && module !== "scgi") return [];
    const params = inForce(block, `${module}_param`);
    // An include that could not be read is taken for what it is called.
    const unread = inForce(block, "include").some(({ args }) => args[0]?.endsWith(`${module}_params`));
    const names = new Set(params.map(({ args }) => args[0]));
    if (unread || (names.has("REQUEST_METHOD") && (names.has("PATH_INFO") || names.has("REQUEST_URI"))))
      return [];
    const own = params.length > 0;
    return [
      at(
        node,
        "error",
        "missing-params",
        `${node.name} without REQUEST_METHOD and REQUEST_URI${own ? `: ${params.length} ${module}_param of this level hide those of the levels above` : ""}`,
        "NGINX hands over only the variables that are named: the app server cannot tell what was asked for",
        [`include ${module}_params;`],
      ),
    ];
  });
