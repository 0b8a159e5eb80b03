import path from "node:path";
import { at, type Finding, type Rule } from "../finding.ts";
import { passesIn } from "../passes.ts";
import { find, inForce } from "../tree.ts";

/** Files that are served from a directory in which the app itself lies: its sources, its settings, its keys. */
export const servedSources: Rule = (nodes, { app }) => {
  if (app === undefined) return [];
  const passing = new Set(passesIn(nodes).map(({ block }) => block));
  return find(nodes, "location").flatMap((location): Finding[] => {
    const inside = location.block ?? [];
    const tries = inside.some(
      ({ name, args }) => name === "try_files" && args.some((word) => word.includes("$uri")),
    );
    const answers = inside.some(({ name }) => name === "return" || name === "deny");
    if (!tries && (passing.has(location) || answers)) return [];
    const [alias] = inside.filter(({ name }) => name === "alias");
    const place = alias ?? inForce(location, "root")[0];
    const directory = place?.args[0];
    if (place === undefined || directory === undefined || directory.includes("$")) return [];
    // root has the location's prefix behind it, alias in place of it.
    const prefix = alias || /^[~@=^]/.test(location.args[0] ?? "") ? "" : (location.args[0] ?? "");
    const served = path.join(directory, prefix);
    const below = path.relative(served, app.directory);
    if (below.startsWith("..") || path.isAbsolute(below)) return [];
    return [
      at(
        place,
        "error",
        "served-sources",
        `${served} is served, and the app lies in ${app.directory}`,
        "anybody may ask for its sources, its settings and what else is there",
        [
          `${place.name} ${path.join(app.directory, "public")}${alias ? "/" : ""};  # what is meant for everybody, and nothing else`,
        ],
      ),
    ];
  });
};
