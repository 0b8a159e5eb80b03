import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { nginxWords } from "./words.ts";

/** The most of a log that is read for one failure, bytes. */
const MOST = 64 * 1024;

/** Where NGINX's error log ends now; what comes after it is about what is done next. */
export interface LogMark {
  readonly file: string | undefined;
  readonly size: number;
}

export function markErrorLog(file: string | undefined): LogMark {
  try {
    return { file, size: file === undefined ? 0 : statSync(file).size };
  } catch {
    return { file, size: 0 };
  }
}

/** What NGINX has logged as [emerg] since the mark, each saying once. */
export function emergencies({ file, size }: LogMark): string[] {
  return nginxWords(readFrom(file, size)).filter((line) => line.startsWith("nginx: [emerg] "));
}

function readFrom(file: string | undefined, from: number): string {
  if (file === undefined) return "";
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return "";
  }
  try {
    const length = Math.min(MOST, Math.max(0, fstatSync(descriptor).size - from));
    const buffer = Buffer.alloc(length);
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, length, from));
  } finally {
    closeSync(descriptor);
  }
}
