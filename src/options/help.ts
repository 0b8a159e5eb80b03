import { groups } from "./option.ts";
import { type OptionName, optionNames, optionOf } from "./table.ts";

/**
 * The options for `portico --help`, group by group, one line or more each, without a last newline.
 *
 * @param columns the width of the terminal in characters; never taken for less than 50
 */
export function helpText(columns: number): string {
  const width = Math.max(50, columns);
  const heads = new Map(optionNames.map((name) => [name, headOf(name)] as const));
  const indent = Math.min(
    34,
    Math.max(...[...heads.values()].map((head) => head.length)) + 2,
    Math.floor(width / 2),
  );

  return groups
    .map((group) => {
      const lines = optionNames
        .filter((name) => optionOf(name).group === group)
        .flatMap((name) => {
          const head = heads.get(name)!;
          const [first = "", ...rest] = wrap(textOf(name), width - indent);
          const margin = " ".repeat(indent);
          return head.length + 2 > indent
            ? [head, margin + first, ...rest.map((line) => margin + line)]
            : [head.padEnd(indent) + first, ...rest.map((line) => margin + line)];
        });
      return [`${group}:`, ...lines].join("\n");
    })
    .join("\n\n");
}

/** "  -p, --processes N" */
function headOf(name: OptionName): string {
  const { flag, type } = optionOf(name);
  const value =
    type.placeholder === ""
      ? ""
      : type.bare === undefined
        ? ` ${type.placeholder}`
        : `[=${type.placeholder}]`;
  return `  ${flag === undefined ? "   " : `-${flag},`} --${name}${value}`;
}

function textOf(name: OptionName): string {
  const option = optionOf(name);
  const notes = [
    option.repeat && "repeatable",
    option.default !== undefined && `default ${option.default}`,
  ].filter((note) => typeof note === "string");
  return option.text.replaceAll("`", "") + (notes.length === 0 ? "" : ` (${notes.join(", ")})`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
