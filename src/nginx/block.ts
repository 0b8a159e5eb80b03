/** A block directive around blocks of lines, an empty line between them. */
export function blockOf(opening: string, blocks: readonly (readonly string[])[]): string[] {
  const body = blocks.map((lines) => lines.map((line) => (line === "" ? "" : `    ${line}`)).join("\n"));
  return [`${opening} {`, ...body.join("\n\n").split("\n"), "}"];
}
