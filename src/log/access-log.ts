import { writeAll } from "./log.ts";

/** Bytes held before a write: one system call for some hundred lines under load. */
const FLUSH_BYTES = 32 * 1024;
/** Milliseconds a line may wait when there is no load. */
const FLUSH_DELAY = 100;

/** The request lines of a worker, written in batches. */
export interface AccessLog {
  write(line: string): void;
  /** Writes what is held, now: before exit. */
  flush(): void;
}

export function createAccessLog(fd: number): AccessLog {
  let held = "";
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = held;
    held = "";
    if (text !== "") writeAll(fd, Buffer.from(text));
  };
  return {
    write(line) {
      held += `${line}\n`;
      if (held.length >= FLUSH_BYTES) flush();
      else timer ??= setTimeout(flush, FLUSH_DELAY);
    },
    flush,
  };
}
