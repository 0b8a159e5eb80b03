import path from "node:path";
import { type Directive, parseConf } from "../conf.ts";
import { matchesPattern } from "../included.ts";

/** One directive of a whole configuration: what it includes stands in the place of the `include`. */
export interface Node {
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly parent: Node | undefined;
  readonly block: readonly Node[] | undefined;
}

/** Where a configuration's files come from: the disk, or what `nginx -T` said. */
export interface Source {
  /** undefined where there is none, or it cannot be read. */
  read(file: string): string | undefined;
  /** The names in a directory. */
  list(directory: string): readonly string[];
  /** Relative includes are taken from here. */
  readonly confPrefix: string;
}

/** Includes within includes, as deep as anybody has them. */
const DEPTH = 8;

/** The tree of a file and all that it includes. An include that cannot be read stays as it is. */
export function treeOf(source: Source, file: string, parent?: Node): Node[] {
  return grow(source, parseConf(source.read(file) ?? ""), file, parent, DEPTH);
}

/** All nodes, each before what is in its block. */
export function walk(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => [node, ...walk(node.block ?? [])]);
}

/** The nodes of that name, at any depth. */
export function find(nodes: readonly Node[], name: string): Node[] {
  return walk(nodes).filter((node) => node.name === name);
}

/** From the block that a node is in outwards; `undefined` is the file's top. */
export function enclosing(node: Node): Node[] {
  return node.parent === undefined ? [] : [node.parent, ...enclosing(node.parent)];
}

/**
 * The directives of a name that hold inside a block: those of the nearest level that has any, as NGINX inherits.
 */
export function inForce(block: Node, name: string): Node[] {
  for (const level of [block, ...enclosing(block)]) {
    const here = (level.block ?? []).filter((node) => node.name === name);
    if (here.length > 0) return here;
  }
  return [];
}

/** The first argument of the one that holds; undefined: none is set. */
export function valueIn(block: Node, name: string): string | undefined {
  return inForce(block, name)[0]?.args[0];
}

function grow(
  source: Source,
  directives: readonly Directive[],
  file: string,
  parent: Node | undefined,
  depth: number,
): Node[] {
  return directives.flatMap(({ name, args, line, block }): Node[] => {
    const node = { name, args, file, line, parent, block: undefined as Node[] | undefined };
    if (name === "include" && block === undefined && depth > 0) {
      const files = matching(source, path.resolve(source.confPrefix, args[0] ?? ""));
      const texts = files.map((found) => [found, source.read(found)] as const);
      if (texts.some(([, text]) => text !== undefined))
        return texts.flatMap(([found, text]) =>
          grow(source, parseConf(text ?? ""), found, parent, depth - 1),
        );
    }
    if (block !== undefined) node.block = grow(source, block, file, node, depth);
    return [node];
  });
}

function matching(source: Source, pattern: string): string[] {
  const base = path.basename(pattern);
  if (!/[*?]/.test(base)) return [pattern];
  const directory = path.dirname(pattern);
  return source
    .list(directory)
    .filter((name) => matchesPattern(base, name))
    .sort()
    .map((name) => path.join(directory, name));
}
