import { fieldVariable } from "../../cgi-variables.ts";
import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn } from "../passes.ts";

/** Directives of one module beside the pass of another: the commonest mistake in sites for uWSGI. */
export const noEffect: Rule = (nodes) =>
  passesIn(nodes).flatMap(({ node, block, module }): Finding[] => {
    const others = ["proxy", "uwsgi", "fastcgi", "scgi", "grpc"].filter((other) => other !== module);
    const passes = new Set(block.block?.map(({ name }) => name));
    return others.flatMap((other) => {
      const idle = (block.block ?? []).filter(({ name }) => name.startsWith(`${other}_`));
      if (idle.length === 0 || passes.has(`${other}_pass`)) return [];
      const names = [...new Set(idle.map(({ name }) => name))];
      return [
        at(
          idle[0]!,
          "warning",
          "no-effect",
          `${names.join(", ")} beside ${node.name}`,
          `${other}_ directives count for ${other}_pass alone: here they do nothing`,
          idle.map((one) => meant(one.name, one.args, module)),
        ),
      ];
    });
  });

/** The same for the module that is used: headers are variables with HTTP_ before them. */
function meant(name: string, args: readonly string[], module: string): string {
  const rest = name.slice(name.indexOf("_") + 1);
  const [header = "", ...value] = args;
  if (rest === "set_header" && module !== "proxy" && module !== "grpc")
    return `${module}_param ${fieldVariable(header)} ${value.join(" ")};`;
  return `${module}_${rest} ${args.join(" ")};`;
}
