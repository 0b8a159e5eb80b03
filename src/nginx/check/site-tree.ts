import { realpathSync } from "node:fs";
import path from "node:path";
import { diskSource } from "./source.ts";
import { find, type Node, type Source, treeOf, walk } from "./tree.ts";

/** A configuration to be checked, and which part of it was asked for. */
export interface CheckedTree {
  readonly nodes: readonly Node[];
  /** The files that the question is about; undefined: all. */
  readonly files: ReadonlySet<string> | undefined;
  /** Whether NGINX reads the file that was asked for. */
  readonly read: boolean;
}

/** The files of it that NGINX reads. */
export function filesRead({ nodes, files, read }: CheckedTree): Set<string> {
  const all = new Set(walk(nodes).map((node) => node.file));
  return read || files === undefined ? all : new Set([...all].filter((file) => !files.has(file)));
}

/** The whole configuration. */
export function wholeTree(source: Source, confFile: string): CheckedTree {
  return { nodes: treeOf(source, confFile), files: undefined, read: true };
}

/**
 * The configuration with a site in it: where NGINX reads that file, as it does; otherwise as if it stood in
 * the http block, or by itself where it is a whole nginx.conf.
 * @param text the site's, where it is not what the file holds
 */
export function siteTree(source: Source, confFile: string, file: string, text?: string): CheckedTree {
  const nodes = treeOf(source, confFile);
  const known = new Set(walk(nodes).map((node) => node.file));
  const name = [...known].find((one) => one === file || real(one) === real(file));
  if (name !== undefined && text === undefined) return { nodes, files: filesFrom(nodes, name), read: true };

  const disk = diskSource(source.confPrefix);
  const withText: Source = {
    ...disk,
    read: (wanted) =>
      wanted === file && text !== undefined ? text : (source.read(wanted) ?? disk.read(wanted)),
  };
  const own = treeOf(withText, file);
  if (own.some((node) => node.name === "http" || node.name === "events")) {
    const alone = treeOf({ ...withText, confPrefix: path.dirname(file) }, file);
    return { nodes: alone, files: new Set(walk(alone).map((node) => node.file)), read: false };
  }
  const [http] = find(nodes, "http");
  const around: { -readonly [Key in keyof Node]: Node[Key] } = {
    ...(http ?? { name: "http", args: [], file: confFile, line: 1, parent: undefined }),
    block: undefined,
  };
  const siblings = (http?.block ?? []).filter(
    (node) => name === undefined || (node.file !== name && node.file !== file),
  );
  // A part of a server block stands in one.
  const inServer = own.some((node) => node.name === "location" || /_pass$/.test(node.name));
  const server = {
    name: "server",
    args: [],
    file,
    line: 1,
    parent: around,
    block: undefined as Node[] | undefined,
  };
  const placed = treeOf(withText, file, inServer ? server : around);
  server.block = placed;
  around.block = [...siblings, ...(inServer ? [server] : placed)];
  const others = nodes.filter((node) => node !== http);
  return {
    nodes: [...others, around],
    files: new Set([file, ...walk(placed).map((node) => node.file)]),
    read: false,
  };
}

/** That file and those that it includes. */
function filesFrom(nodes: readonly Node[], file: string): Set<string> {
  const inside = walk(nodes).filter((node) => node.file === file);
  return new Set([file, ...walk(inside).map((node) => node.file)]);
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
