import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Which folders of src a folder may import from, besides itself (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "main.ts": ["cli"],
  "index.ts": ["app", "options"],
  cli: ["master", "listener", "options", "ini", "nginx", "up", "log"],
  up: ["nginx", "log"],
  nginx: [],
  master: ["listener", "channel", "log", "options"],
  worker: ["listener", "channel", "gateway", "router", "transport", "app", "log"],
  router: ["transport", "wire", "app", "log"],
  gateway: ["transport", "wire", "app", "log"],
  transport: [],
  options: ["ini"],
  ini: [],
  wire: [],
  app: [],
  listener: [],
  channel: [],
  log: [],
};

/** Imports that go against the arrows, and cycles between files: one line each. */
export function importErrors(src: string): string[] {
  const errors: string[] = [];
  const graph = new Map<string, string[]>();
  for (const file of globSync(`${src}/**/*.ts`)) {
    const from = relative(src, file).split("/")[0]!;
    const allowed = MAY_IMPORT[from];
    if (!allowed) errors.push(`${file}: ${from} is no part of the layout`);
    const targets = [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(
      ([, path]) => join(dirname(file), path!),
    );
    graph.set(file, targets);
    for (const target of targets) {
      const to = relative(src, target).split("/")[0]!;
      if (to !== from && !to.startsWith("..") && !allowed?.includes(to))
        errors.push(`${file}: ${from} must not import ${to} (${relative(src, target)})`);
    }
  }
  for (const file of graph.keys()) {
    const cycle = pathTo(graph, file, file, new Set());
    if (cycle && file === [...cycle].sort()[0]) errors.push(`import cycle: ${[file, ...cycle].join(" → ")}`);
  }
  return errors;
}

function pathTo(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  goal: string,
  seen: Set<string>,
): string[] | undefined {
  for (const next of graph.get(from) ?? []) {
    if (next === goal) return [next];
    if (seen.has(next)) continue;
    seen.add(next);
    const rest = pathTo(graph, next, goal, seen);
    if (rest) return [next, ...rest];
  }
  return undefined;
}
