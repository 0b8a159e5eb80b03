import path from "node:path";
import { blockOf } from "../block.ts";
import type { SiteDraft } from "../draft.ts";
import { effective } from "../effective.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { readTime, refuseVariables, seconds, wanted } from "../setting-values.ts";

/** Seconds. */
export const USUAL_RETRY_AFTER = 30;

/** What is answered while the app is down, or while `portico maintenance on` holds. */
export const maintenance = feature<{ page: string | undefined; again: number }>({
  settings: {
    "maintenance-page": {
      text: "FILE: the page (HTML, all in one file) for 502, 503 and 504: while the app does not answer, and between `portico maintenance on` and `off`. Default: a plain one.",
      read(value, into, { chdir }) {
        into.page = readPage(value, chdir);
      },
    },
    "retry-after": {
      text: "TIME: when a client that got that page is to come again. Default: 30s.",
      read: (value, into) => {
        into.again = readRetryAfter(value);
      },
    },
  },
  begin: () => ({ page: undefined, again: USUAL_RETRY_AFTER }),
  add({ page, again }, draft) {
    const at = `@${draft.name("down")}`;
    draft.server.push([
      "# `portico maintenance on` makes this file, `off` removes it.",
      `if (-f ${flag(draft)}) {`,
      "    return 503;",
      "}",
      `error_page 502 503 504 ${at};`,
    ]);
    draft.later.push(() => {
      const headers = new Map([
        ["Retry-After", `${again} always`],
        ["Cache-Control", "no-store always"],
      ]);
      const told = effective(draft, "", draft.main, headers).get("answer headers") ?? [];
      const open = [...draft.liftGuards(), "default_type text/html;", ...told.flat()];
      // The answer's status stays that of the failure.
      draft.locations.push(blockOf(`location ${at}`, [[...open, ...pageLines(page)]]));
    });
  },
});

export function readPage(value: string, chdir: string): string {
  if (value === "") throw wanted("a file", value);
  return refuseVariables(path.resolve(chdir, value));
}

/** Seconds. */
export function readRetryAfter(value: string): number {
  return seconds(readTime(value));
}

/** A file that NGINX looks for at every request (2 µs), or a variable that names none for paths that stay open. */
function flag(draft: SiteDraft): string {
  if (draft.open.length === 0) return quote(draft.maintenanceFile);
  const variable = `$${draft.name("flag")}`;
  draft.http.push([
    `map $uri ${variable} {`,
    "    volatile;",
    `    default ${quote(draft.maintenanceFile)};`,
    ...draft.open.map((open) => `    ${quote(open)} "";`),
    "}",
  ]);
  return variable;
}

function pageLines(page: string | undefined): string[] {
  if (page === undefined) return [`return 200 "${PLAIN}";`];
  return [
    "# A file is not sent in answer to a POST.",
    "if ($request_method !~ ^(?:GET|HEAD)$) {",
    `    return 200 "${PLAIN}";`,
    "}",
    `root ${quote(path.dirname(page))};`,
    `try_files ${quote(`/${path.basename(page)}`)} =503;`,
  ];
}

const PLAIN = "<!doctype html><title>Back soon</title><h1>Back soon</h1>\\n";
