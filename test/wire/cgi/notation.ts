/** A line of a block with the deeper lines under it. */
export interface Node {
  readonly text: string;
  readonly under: readonly Node[];
}

/** Reads indentation by two spaces. Empty lines and lines that begin with `#` are left out. */
export function nest(lines: readonly string[]): Node[] {
  const roots: Node[] = [];
  const open: Node[][] = [roots];
  for (const line of lines) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const depth = (line.length - line.trimStart().length) / 2;
    const siblings = open[depth];
    if (siblings === undefined) throw new Error(`No line to be under: ${line}`);
    const under: Node[] = [];
    siblings.push({ text, under });
    open.length = depth + 1;
    open.push(under);
  }
  return roots;
}

/** `"text\r\n\x00"` (a JSON string that may have \xHH, latin1, times a count: `"x" * 500`), or `hex 0a ff`. */
export function literal(text: string): Buffer | undefined {
  if (text.startsWith("hex ")) return Buffer.from(text.slice(4).replaceAll(" ", ""), "hex");
  const match = /^("(?:[^"\\]|\\.)*")(?: \* (\d+))?$/.exec(text);
  if (match === null) return undefined;
  const once = unquote(match[1]!);
  return Buffer.from(once.repeat(Number(match[2] ?? 1)), "latin1");
}

/** `NAME = value`: the value is a literal, or the rest of the line as it stands; `NAME =` has none. */
export function variable(text: string): [name: string, value: string] {
  const match = /^("(?:[^"\\]|\\.)*"|\S+) =(?: (.*))?$/.exec(text);
  if (match === null) throw new Error(`Neither a literal nor a variable: ${text}`);
  const name = match[1]!.startsWith('"') ? unquote(match[1]!) : match[1]!;
  const value = match[2] ?? "";
  return [name, literal(value)?.toString("latin1") ?? value];
}

export function number(text: string): number {
  const value = Number(text);
  if (text === "" || !Number.isInteger(value)) throw new Error(`No whole number: ${text}`);
  return value;
}

function unquote(quoted: string): string {
  return JSON.parse(quoted.replaceAll(/\\x([0-9a-fA-F]{2})/g, "\\u00$1")) as string;
}
