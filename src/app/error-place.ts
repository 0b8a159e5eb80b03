import { fileURLToPath } from "node:url";
import type { SourcePlace } from "./code-frame.ts";

/**
 * Where in somebody's code an error arose: what node wrote above a syntax error, else the first
 * frame of the stack that is neither node's own nor a package's, else the first with a file.
 */
export function errorPlace(error: unknown): SourcePlace | undefined {
  const stack = error instanceof Error ? String(error.stack ?? "") : "";
  return arrowPlace(stack) ?? framePlace(stack);
}

/**
 * The place in the text that node puts above a syntax error, on every version since 22.18 and for
 * TypeScript and CommonJS alike: `file:///app/hello.ts:3`, source lines, and carets under the last
 * of them. The carets are node's only word on the column.
 */
export function arrowPlace(text: string): SourcePlace | undefined {
  const head = /^(file:\/\/\S+|\/.+):(\d+)$/m.exec(text);
  if (!head) return undefined;
  const file = toPath(head[1] ?? "");
  if (file === undefined) return undefined;
  const line = Number(head[2]);
  for (const below of text.slice(head.index).split("\n").slice(1)) {
    if (/^\s*at |^\w*Error/.test(below)) break;
    const carets = /^(\s*)(\^+)\s*$/.exec(below);
    if (carets) {
      return { file, line, column: (carets[1] ?? "").length + 1, length: (carets[2] ?? "").length };
    }
  }
  return { file, line, column: undefined };
}

function framePlace(stack: string): SourcePlace | undefined {
  let fallback: SourcePlace | undefined;
  for (const [, url, line, column] of stack.matchAll(
    /^ {4}at .*?\(?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/gm,
  )) {
    const file = toPath(url ?? "");
    if (file === undefined) continue;
    const place = { file, line: Number(line), column: Number(column) };
    if (!file.includes("/node_modules/")) return place;
    fallback ??= place;
  }
  return fallback;
}

/** A `file:` URL (less a query that busts a cache) or a path → a path. */
function toPath(text: string): string | undefined {
  if (!text.startsWith("file:")) return text;
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}
