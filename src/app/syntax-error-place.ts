import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import type { SourcePlace } from "./code-frame.ts";
import { arrowPlace } from "./error-place.ts";

/** Milliseconds; parsing a large app takes a fraction of one second. */
const patience = 5000;

/**
 * Finds where a module, or one that it imports, does not parse. V8 tells the place of a syntax error
 * in an ES module to node's own report of an uncaught error alone: neither `message` nor `stack` has
 * it (node 22 to 26). So a child imports the module once more, and its report is read. Nothing of the
 * app runs there: an import before it ends the process, and a module that does not parse is reported
 * before any is run. undefined when no place was found.
 */
export function syntaxErrorPlace(file: string): Promise<SourcePlace | undefined> {
  const program = `import "data:text/javascript,process.exit()"; import ${JSON.stringify(pathToFileURL(file).href)};`;
  const argv = ["--no-warnings", "--input-type=module", "--eval", program];
  return new Promise((found) => {
    execFile(process.execPath, argv, { env: {}, timeout: patience }, (_error, _stdout, stderr) => {
      found(arrowPlace(stderr));
    });
  });
}
