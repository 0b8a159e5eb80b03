import path from "node:path";
import { blockOf } from "../block.ts";
import { effective } from "../effective.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { readTime, refuseVariables, seconds, wanted } from "../setting-values.ts";

/** What is answered while the app is down, or while `portico maintenance on` holds. */
export const maintenance = feature<{ page: string | undefined; again: number }>({
  settings: {
    "maintenance-page": {
      text: "FILE: the page (HTML, all in one file) for 502, 503 and 504: while the app does not answer, and between `portico maintenance on` and `off`. Default: a plain one.",
      read(value, into, { chdir }) {
        if (value === "") throw wanted("a file", value);
        into.page = refuseVariables(path.resolve(chdir, value));
      },
    },
    "retry-after": {
      text: "TIME: when a client that got that page is to come again. Default: 30s.",
      read: (value, into) => {
        into.again = seconds(readTime(value));
      },
    },
  },
  begin: () => ({ page: undefined, again: 30 }),
  add({ page, again }, draft) {
    const at = "/.portico-down";
    const variable = `$${draft.name("down")}`;
    draft.http.push([
      "# `portico maintenance on` makes this file, `off` removes it.",
      `map $uri ${variable} {`,
      "    volatile;  # NGINX goes to the page as to another request",
      `    default ${quote(draft.maintenanceFile)};`,
      ...[at, ...draft.open].map((open) => `    ${quote(open)} "";`),
      '    "~^/\\.well-known/acme-challenge/" "";',
      "}",
    ]);
    draft.server.push([`if (-f ${variable}) {`, "    return 503;", "}", `error_page 502 503 504 ${at};`]);
    draft.later.push(() => {
      const headers = new Map([
        ["Retry-After", `${again} always`],
        ["Cache-Control", "no-store always"],
      ]);
      const told = effective(draft, "", draft.main, headers).get("answer headers") ?? [];
      draft.locations.push(
        blockOf(`location = ${at}`, [
          [
            "internal;",
            ...draft.liftGuards(),
            "default_type text/html;",
            ...told.flat(),
            // The answer's status stays that of the failure.
            ...(page === undefined ? [`return 200 "${PLAIN}";`] : [`alias ${quote(page)};`]),
          ],
        ]),
      );
    });
  },
});

const PLAIN = "<!doctype html><title>Back soon</title><h1>Back soon</h1>\\n";
