import { closeSync } from "node:fs";
import type { Exchange } from "./exchange.ts";
import { openFile } from "./static-file.ts";
import type { FileResponse } from "./static-response.ts";
import { type FileSender, writeParts } from "./static-send.ts";
import { isSame, type StoredFile } from "./static-store.ts";

/**
 * Answers with what was decided of a file.
 * @returns true, in a promise where the file is large; "gone", or "changed" when it became another since it was
 *   looked at, and nothing was answered.
 */
export function answerWith(
  exchange: Exchange,
  file: StoredFile,
  { status, headers, parts }: FileResponse,
  sender: FileSender,
): true | "gone" | "changed" | Promise<true> {
  const isHead = exchange.request.method === "HEAD";
  if (isHead || parts.length === 0 || file.bytes !== undefined) {
    exchange.respond(status, undefined, headers);
    if (!isHead && file.bytes) writeParts(exchange, file.bytes, parts);
    exchange.end();
    return true;
  }
  const opened = openFile(file.path);
  if (opened === undefined) return "gone";
  const close = (): void => closeSync(opened.fd);
  let sent: true | Promise<true> = true;
  try {
    if (!isSame(opened.state, file.state)) return "changed";
    exchange.respond(status, undefined, headers);
    sent = sender.send(exchange, opened.fd, parts);
  } finally {
    if (sent === true) close();
  }
  return sent === true ? true : sent.finally(close);
}
