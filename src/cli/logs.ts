import { closeSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { oneInstance } from "./instances.ts";
import { NotRunningError, type Program } from "./program.ts";

/** Lines shown at first. */
const LINES = 20;
/** Bytes looked through for them. */
const TAIL_BYTES = 64 * 1024;

/** `portico logs [TARGET] [-f]`: the last lines of the log; with -f what is added, until Ctrl-C. */
export async function logs(argv: readonly string[], program: Program): Promise<number> {
  const { log, name } = oneInstance(argv, program);
  if (log === undefined)
    throw new NotRunningError(
      `${name} runs in a terminal and logs there; daemonize or logto gives it a file`,
    );
  let fd = openSync(log, "r");
  let at = Math.max(0, fstatSync(fd).size - TAIL_BYTES);
  const more = (): string => {
    // A log that was rotated away or truncated is read from its beginning.
    if (fstatSync(fd).size < at) at = 0;
    let text = "";
    const part = Buffer.allocUnsafe(TAIL_BYTES);
    for (let n = readSync(fd, part, 0, part.length, at); n > 0; n = readSync(fd, part, 0, part.length, at)) {
      text += part.toString("utf8", 0, n);
      at += n;
    }
    return text;
  };
  const tail = more().split("\n");
  program.out(tail.slice(-LINES - 1).join("\n"));
  if (!argv.includes("-f") && !argv.includes("--follow")) return 0;
  const watcher = watch(log, (event) => {
    program.out(more());
    if (event !== "rename") return;
    try {
      const fresh = openSync(log, "r");
      closeSync(fd);
      fd = fresh;
      at = 0;
    } catch {
      // Moved away and not made anew yet.
    }
  });
  await new Promise<void>((resolve) => process.once("SIGINT", resolve));
  watcher.close();
  return 0;
}
