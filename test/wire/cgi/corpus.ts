import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A case of a corpus: a heading, why, a `bytes` block and an `events` block. */
export interface Case {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  /** What stands behind the word `bytes` on its fence: `max=100`. */
  readonly settings: ReadonlyMap<string, string>;
  readonly bytes: readonly string[];
  readonly events: readonly string[];
}

/** Every case of the Markdown files in test/corpus/`name`. A heading without blocks only introduces. */
export function readCorpus(name: string): Case[] {
  const folder = join(import.meta.dirname, "../../corpus", name);
  const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
  return files.sort().flatMap((file) => readCases(file, readFileSync(join(folder, file), "utf8")));
}

function readCases(file: string, text: string): Case[] {
  const cases: Case[] = [];
  let title = { text: "", line: 0 };
  let bytes: { info: string; lines: string[] } | undefined;
  let block: { info: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (block === undefined) {
      if (/^##? /.test(line)) {
        if (bytes !== undefined) throw new Error(`${file}:${title.line}: bytes without events`);
        title = { text: line.replace(/^#+ /, ""), line: index + 1 };
      } else if (line.startsWith("```")) block = { info: line.slice(3), lines: [] };
      continue;
    }
    if (line !== "```") {
      block.lines.push(line);
      continue;
    }
    if (block.info.startsWith("bytes")) bytes = block;
    else if (block.info === "events") {
      if (bytes === undefined) throw new Error(`${file}:${index + 1}: events without bytes`);
      cases.push({
        file,
        line: title.line,
        title: title.text,
        settings: settings(bytes.info),
        bytes: bytes.lines,
        events: block.lines,
      });
      bytes = undefined;
    }
    block = undefined;
  }
  return cases;
}

function settings(info: string): Map<string, string> {
  const words = info.split(" ").slice(1);
  return new Map(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}
