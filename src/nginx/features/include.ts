import path from "node:path";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { wanted } from "../setting-values.ts";

/** Directives of one's own, at the server's end. */
export const include = feature<{ files: string[] }>({
  settings: {
    include: {
      text: "A file of NGINX directives to take into the server block; may be repeated. A location in it has only what it says itself, and none of what is said by path.",
      read: (value, { files }, { chdir }) => files.push(includePattern(value, chdir)),
    },
  },
  begin: () => ({ files: [] }),
  add({ files }, draft) {
    if (files.length > 0) draft.last.push(files.map((file) => `include ${quote(file)};`));
  },
});

/** The setting may be a glob pattern on purpose; the directory it is taken from is not. */
function includePattern(value: string, chdir: string): string {
  if (value === "") throw wanted("a file", value);
  if (path.isAbsolute(value)) return path.normalize(value);
  const pattern = /[*?[]/;
  const base = pattern.test(value) || pattern.test(chdir) ? chdir.replace(/[*?[\\]/g, "\\$&") : chdir;
  return path.join(base, value);
}
