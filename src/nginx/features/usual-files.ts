import path from "node:path";
import { blockOf } from "../block.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { refuseVariables, wanted } from "../setting-values.ts";

interface Said {
  /** Absolute; "": there is none. */
  favicon: string | undefined;
  robots: string | undefined;
}

/** What browsers and crawlers ask every site for, answered without the app and without a line in the log. */
export const usualFiles = feature<Said>({
  settings: {
    favicon: {
      text: "FILE or none: what /favicon.ico is, without asking the app.",
      read: (value, into, { chdir }) => {
        into.favicon = readUsualFile(value, chdir);
      },
    },
    robots: {
      text: "FILE or none: what /robots.txt is, without asking the app; none: one that asks crawlers to stay away.",
      read: (value, into, { chdir }) => {
        into.robots = readUsualFile(value, chdir);
      },
    },
  },
  begin: () => ({ favicon: undefined, robots: undefined }),
  add({ favicon, robots }, draft) {
    const quiet = ["access_log off;", "log_not_found off;"];
    if (favicon !== undefined)
      draft.locations.push(
        blockOf("location = /favicon.ico", [
          favicon === "" ? [...quiet, "return 204;"] : [`alias ${quote(favicon)};`, "expires 1d;", ...quiet],
        ]),
      );
    if (robots !== undefined)
      draft.locations.push(
        blockOf("location = /robots.txt", [
          robots === ""
            ? [...quiet, "default_type text/plain;", 'return 200 "User-agent: *\\nDisallow: /\\n";']
            : [`alias ${quote(robots)};`, ...quiet],
        ]),
      );
  },
});

/** FILE or none: absolute; "": there is none. */
export function readUsualFile(value: string, chdir: string): string {
  if (value === "") throw wanted("a file, or none", value);
  return value === "none" ? "" : refuseVariables(path.resolve(chdir, value));
}
