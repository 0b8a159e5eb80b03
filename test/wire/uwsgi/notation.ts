import { literal, type Node, number, variable } from "../cgi/notation.ts";

/** The bytes that a `bytes` block stands for; its notation is told at the top of test/corpus/uwsgi/requests.md. */
export function uwsgiBytes(nodes: readonly Node[]): Buffer {
  return Buffer.concat(nodes.map(piece));
}

function piece({ text, under }: Node): Buffer {
  const plain = literal(text);
  if (plain !== undefined) return plain;
  const [word, ...rest] = text.split(" ");
  if (word === "packet") {
    const [modifier1, modifier2, size] = rest;
    const block = Buffer.concat(under.map((node) => literal(node.text) ?? pair(node.text)));
    const declared = size === undefined ? block.length : number(size.replace("size=", ""));
    const header = Buffer.of(
      number(modifier1 ?? ""),
      declared & 0xff,
      declared >> 8,
      number(modifier2 ?? ""),
    );
    return Buffer.concat([header, block]);
  }
  throw new Error(`Not in the notation: ${text}`);
}

function pair(text: string): Buffer {
  return Buffer.concat(variable(text).map(sized));
}

function sized(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, "latin1")]);
}
