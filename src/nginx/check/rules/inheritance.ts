import { at, type Finding, type Rule } from "../finding.ts";
import { enclosing, type Node, walk } from "../tree.ts";

/** Directives of which one in a block takes all of the levels above out of force. */
const LISTS = ["add_header", "proxy_set_header", "uwsgi_param", "fastcgi_param", "proxy_hide_header"];
/** Their loss is nobody's wish. */
const SECURITY =
  /^(strict-transport-security|content-security-policy|x-frame-options|x-content-type-options)$/i;
/** What app servers go by. */
const FORWARDED = /^(host|forwarded|x-forwarded-.*|x-real-ip|connection|upgrade)$/i;

/** Headers that are set further out and that a block loses by setting one of its own. */
export const lostByInheritance: Rule = (nodes) =>
  walk(nodes).flatMap((block): Finding[] =>
    block.block === undefined
      ? []
      : LISTS.flatMap((name): Finding[] => {
          const here = named(block, name);
          if (here.length === 0) return [];
          const above = enclosing(block).find((level) => named(level, name).length > 0);
          if (above === undefined) return [];
          const kept = new Set(here.map(keyOf));
          const lost = named(above, name).filter((node) => !kept.has(keyOf(node)) && !isIdle(block, node));
          if (lost.length === 0) return [];
          const names = lost.map(({ args }) => args[0] ?? "");
          const grave =
            name === "add_header"
              ? names.some((header) => SECURITY.test(header))
              : names.some((header) => FORWARDED.test(header));
          return [
            at(
              here[0]!,
              grave ? "warning" : "advice",
              "lost-headers",
              `${name} here takes those of the ${above.name} block out of force: ${names.join(", ")}`,
              `NGINX inherits ${name} only into a block that has none of its own`,
              lost.map(({ args }) => `${name} ${args.map(word).join(" ")};`),
            ),
          ];
        }),
  );

/** A request of NGINX's own (auth_request) upgrades nothing. */
function isIdle(block: Node, header: Node): boolean {
  return /^(upgrade|connection)$/.test(keyOf(header)) && named(block, "internal").length > 0;
}

function named(block: Node, name: string): Node[] {
  return (block.block ?? []).filter((node) => node.name === name);
}

function keyOf({ args }: Node): string {
  return (args[0] ?? "").toLowerCase();
}

function word(text: string): string {
  return /^[^\s;{}"']+$/.test(text) ? text : JSON.stringify(text);
}
