import { readFileSync } from "node:fs";

/** A place in a source file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
  /** How many characters the caret underlines; 1 where it is not known. */
  readonly length?: number;
}

const contextLines = 2;
/** Characters of a source line that are shown: a bundled file may be one line of a megabyte. */
const widest = 160;

/**
 * The lines around a place, with a caret under it:
 *
 * ```
 *   1 | const a = "x";
 * > 2 | export default function ( { return a;
 *     |                                    ^
 * ```
 *
 * "" when the source has no such line.
 */
export function codeFrame(source: string, place: Omit<SourcePlace, "file">): string {
  const lines = source.split(/\r\n|\r|\n/);
  if (lines[place.line - 1] === undefined) return "";
  const first = Math.max(1, place.line - contextLines);
  const last = Math.min(lines.length, place.line + contextLines);
  // All lines are cut at the same column, so that they stay under one another.
  const from = place.column !== undefined && place.column > widest ? place.column - widest / 2 : 0;
  const width = String(last).length;
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? "").slice(from, from + widest);
    const here = number === place.line;
    frame.push(`${here ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (here && place.column !== undefined) {
      // Tabs before the caret stay tabs, or it would stand elsewhere.
      const before = text.slice(0, place.column - 1 - from).replace(/[^\t]/g, " ");
      const carets = Math.max(1, Math.min(place.length ?? 1, text.length - before.length));
      frame.push(`  ${" ".repeat(width)} | ${before}${"^".repeat(carets)}`);
    }
  }
  return frame.join("\n");
}

/** The frame of a place, read from its file; "" when the file cannot be read. */
export function codeFrameOf(place: SourcePlace): string {
  try {
    return codeFrame(readFileSync(place.file, "utf8"), place);
  } catch {
    return "";
  }
}
