import { AppError } from "./app-error.ts";
import { codeFrameOf } from "./code-frame.ts";
import { errorPlace } from "./error-place.ts";

/** What the page says of the request. */
export interface ErrorPageRequest {
  readonly method: string;
  readonly target: string;
}

/**
 * What went wrong, for the developer's browser: message, source lines, stack, causes. For `dev`
 * alone: the client of a production server never sees an error's text.
 */
export function errorPage(error: unknown, request: ErrorPageRequest | undefined): { html: string } {
  const parts: string[] = [];
  for (const [index, one] of withCauses(error).entries()) {
    const { title, place, frame, stack } = describeError(one);
    parts.push(
      `<section>`,
      index > 0 ? `<p class="cause">Caused by</p>` : "",
      `<h1>${escapeHtml(title)}</h1>`,
      place === "" ? "" : `<p class="place">${escapeHtml(place)}</p>`,
      frame === "" ? "" : `<pre class="frame">${escapeHtml(frame)}</pre>`,
      stack === "" ? "" : `<pre class="stack">${escapeHtml(stack)}</pre>`,
      `</section>`,
    );
  }
  const asked = request === undefined ? "" : `${request.method} ${request.target}`;
  const title = describeError(error).title.split("\n")[0] ?? "";
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${asked === "" ? "" : `<p class="request">${escapeHtml(asked)}</p>`}
${parts.filter((part) => part !== "").join("\n")}
</body>
</html>
`,
  };
}

/** The same for the terminal. */
export function errorText(error: unknown): string {
  return withCauses(error)
    .map((one, index) => {
      const { title, place, frame, stack } = describeError(one);
      const parts = [index > 0 ? `Caused by: ${title}` : title, place, frame, stack];
      return parts.filter((part) => part !== "").join("\n");
    })
    .join("\n\n");
}

/** More of them say nothing more, and a cause may be its own. */
const mostCauses = 5;

function withCauses(error: unknown): unknown[] {
  const all = [error];
  let last = error instanceof AppError ? undefined : error;
  while (last instanceof Error && last.cause !== undefined && all.length < mostCauses) {
    last = last.cause;
    if (all.includes(last)) break;
    all.push(last);
  }
  return all;
}

function describeError(error: unknown) {
  // Its message says where and what to do; where the loader was when it found out helps nobody.
  if (error instanceof AppError) {
    const stack = error.code === "APP_THREW" ? stackOf(error.cause) : "";
    return { title: error.message, place: "", frame: "", stack };
  }
  const place = errorPlace(error);
  return {
    title: titleOf(error),
    place: place === undefined ? "" : placeText(place.file, place.line, place.column),
    frame: place === undefined ? "" : codeFrameOf(place),
    stack: stackOf(error),
  };
}

function placeText(file: string, line: number, column: number | undefined): string {
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`;
}

function titleOf(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown, but not an Error: ${printed(error)}`;
  const { code } = error as NodeJS.ErrnoException;
  const name = code === undefined ? error.name : `${error.name} [${code}]`;
  return error.message === "" ? name : `${name}: ${error.message}`;
}

function printed(value: unknown): string {
  try {
    return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The stack's frames alone: what stands above them is shown already. */
function stackOf(error: unknown): string {
  const stack = error instanceof Error ? String(error.stack ?? "") : "";
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; white-space: pre-wrap; overflow-wrap: anywhere; color: light-dark(#b00020, #ff8a80); }
pre { overflow-x: auto; padding: 1rem; border-radius: .4rem; background: light-dark(#f4f4f5, #1e1e20); }
.request, .place, .cause, .stack { color: light-dark(#555, #aaa); }
.request, .place, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
`;
