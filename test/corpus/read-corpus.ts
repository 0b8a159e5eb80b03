import { readdirSync, readFileSync } from "node:fs";

/** A case of a corpus in Markdown; how it is written is told in the README.md of test/corpus/http1. */
export interface CorpusCase {
  /** "host.md:12: Two Hosts": where it stands and what it promises. */
  readonly name: string;
  readonly title: string;
  /** The prose between heading and bytes. */
  readonly reason: string;
  readonly bytes: Buffer;
  /** The text of the second block, one line an event, escapes taken out; latin1. */
  readonly events: string;
}

/** Reads every case in a directory's .md files but README.md. @throws Error naming file and line of a case that is not whole */
export function readCorpus(directory: URL, bytesFence: string): CorpusCase[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .sort()
    .flatMap((file) => readCases(file, readFileSync(new URL(file, directory), "utf8"), bytesFence));
}

function readCases(file: string, text: string, bytesFence: string): CorpusCase[] {
  const sections = text.split(/^## /m);
  let line = 1;
  return sections.flatMap((section, index) => {
    const place = `${file}:${line}`;
    line += section.split("\n").length - 1;
    return index === 0 ? [] : [readCase(place, section, bytesFence)];
  });
}

function readCase(place: string, section: string, bytesFence: string): CorpusCase {
  const whole = /^([^\n]*)\n\n(.*?)\n\n```(\w+)\n(.*?)\n?```\n\n```events\n(.*?)\n?```\n*$/s.exec(section);
  const [, title, reason, fence, bytes, events] = whole ?? [];
  if (title === undefined || reason === undefined || bytes === undefined || events === undefined) {
    throw new Error(`${place}: expected a heading, a reason, a block of bytes and a block of events`);
  }
  if (fence !== bytesFence) throw new Error(`${place}: expected a block marked ${bytesFence}: got ${fence}`);
  return {
    name: `${place}: ${title}`,
    title,
    reason,
    bytes: Buffer.from(withoutEscapes(place, bytes).replaceAll(LAYOUT, ""), "latin1"),
    events: withoutEscapes(place, events).replaceAll(LAYOUT, "\n"),
  };
}

/** Stands for a line break that was not written as an escape, while escapes are taken out. */
const LAYOUT = "\u{10ffff}";
const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", "\\": "\\" };

function withoutEscapes(place: string, written: string): string {
  if (/^ | $|[^\n\x20-\x7e]/m.test(written)) {
    throw new Error(`${place}: expected escapes for all but visible ASCII and for spaces at a line's ends`);
  }
  return expand(place, written.replaceAll("\n", LAYOUT));
}

function expand(place: string, written: string): string {
  return written.replace(
    /\\(?:\{(\d+):([^}]*)\}|x([0-9a-fA-F]{2})|(.?))/gs,
    (sequence, times?: string, repeated?: string, hex?: string, letter?: string) => {
      if (times !== undefined) return expand(place, repeated ?? "").repeat(Number(times));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const plain = ESCAPES[letter ?? ""];
      if (plain === undefined)
        throw new Error(`${place}: expected an escape: got ${JSON.stringify(sequence)}`);
      return plain;
    },
  );
}
