import { at, type Finding, type Rule } from "../finding.ts";
import { find } from "../tree.ts";

/** `location /static { alias /srv/static/; }`: /static../secret is /srv/static/../secret. */
export const aliasTraversal: Rule = (nodes) =>
  find(nodes, "location").flatMap((location): Finding[] => {
    const [alias] = (location.block ?? []).filter(({ name }) => name === "alias");
    const path = alias?.args[0];
    if (alias === undefined || path === undefined) return [];
    const [modifier, prefix] =
      location.args.length > 1 ? [location.args[0], location.args[1]!] : ["", location.args[0] ?? ""];
    if (modifier === "~" || modifier === "~*")
      return /\$/.test(path)
        ? []
        : [
            at(
              alias,
              "warning",
              "alias-in-regex",
              `alias ${path} in a location that is a regular expression`,
              "NGINX puts nothing behind such an alias: every request gets the same file or none",
              [`alias ${path.replace(/\/$/, "")}/$1;  # and a group in the expression`],
            ),
          ];
    if (modifier === "=") return [];
    if (prefix.endsWith("/") === path.endsWith("/")) return [];
    if (prefix.endsWith("/"))
      return [
        at(
          alias,
          "warning",
          "alias-slash",
          `location ${prefix} ends with a slash and alias ${path} does not`,
          `${prefix}a.css becomes ${path}a.css`,
          [`alias ${path}/;`],
        ),
      ];
    return [
      at(
        location,
        "error",
        "alias-traversal",
        `location ${prefix} without a slash at its end, and alias ${path} with one`,
        `anybody may ask for ${prefix}../ and gets what lies beside ${path}`,
        [`location ${[modifier, `${prefix}/`].filter(Boolean).join(" ")} {`],
      ),
    ];
  });
