import { writeSync } from "node:fs";

/** Where lines for people go. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/**
 * A log that writes `2026-11-22 10:49:36 master[812]: text` to a descriptor, at once, so that the
 * last line before a crash is there to read. Text of several lines is kept as it is.
 */
export function createLog(role: string, fd = 2, now: () => Date = () => new Date()): Log {
  const line = (level: string, text: string): void => {
    const stamp = now().toISOString().slice(0, 19).replace("T", " ");
    writeAll(fd, Buffer.from(`${stamp} ${role}[${process.pid}]: ${level}${text}\n`));
  };
  return {
    info: (text) => line("", text),
    warn: (text) => line("warning: ", text),
    error: (text) => line("error: ", text),
  };
}

/** Writes all of it; a full pipe is tried again, a log that is gone (EPIPE, EIO) must not take the server with it. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let tries = 1000;
  for (let at = 0; at < bytes.length && tries > 0; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      tries -= 1;
    }
  }
}
