import { literal, type Node, number, variable } from "../cgi/notation.ts";

/** Record types by the names that the corpus gives them (FastCGI 1.0, section 8). */
const TYPES: Readonly<Record<string, number>> = {
  begin: 1,
  abort: 2,
  "end-request": 3,
  params: 4,
  stdin: 5,
  stdout: 6,
  stderr: 7,
  data: 8,
  "get-values": 9,
  "get-values-result": 10,
  "unknown-type": 11,
};

/** The bytes that a block stands for; the notation is told at the top of test/corpus/fastcgi/requests.md. */
export function fastcgiBytes(nodes: readonly Node[]): Buffer {
  return Buffer.concat(nodes.map(piece));
}

function piece({ text, under }: Node): Buffer {
  const plain = literal(text);
  if (plain !== undefined) return plain;
  const [word, id, ...settings] = text.split(" ");
  const type = TYPES[word ?? ""] ?? number((word ?? "").replace("type=", ""));
  const set = new Map(settings.map((setting) => setting.split("=") as [string, string]));
  const content = Buffer.concat(under.map((node) => literal(node.text) ?? pair(node.text)));
  const length = number(set.get("length") ?? `${content.length}`);
  const padding = number(set.get("padding") ?? "0");
  const header = Buffer.alloc(8);
  header[0] = number(set.get("version") ?? "1");
  header[1] = type;
  header.writeUInt16BE(number(id ?? ""), 2);
  header.writeUInt16BE(length, 4);
  header[6] = padding;
  header[7] = 0xee; // reserved: means nothing
  return Buffer.concat([header, content, Buffer.alloc(padding, 0xdd)]);
}

function pair(text: string): Buffer {
  const [name, value] = variable(text);
  return Buffer.concat([sized(name), sized(value), Buffer.from(name + value, "latin1")]);
}

function sized(text: string): Buffer {
  if (text.length < 128) return Buffer.of(text.length);
  const length = Buffer.alloc(4);
  length.writeInt32BE(text.length | -0x8000_0000);
  return length;
}
