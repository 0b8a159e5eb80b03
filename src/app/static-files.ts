import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { contentTypeOf } from "./content-types.ts";
import type { Exchange } from "./exchange.ts";
import { isAbsent, pathSegments, staticFile, staticMapping } from "./static-path.ts";

/** Bytes read from a file and written at a time. */
const chunkSize = 65_536;

/**
 * Answers from files, as uWSGI's static-map does: `map` holds URL prefixes, each with a directory or a
 * file; the first that has the file answers. GET and HEAD only, with Last-Modified, ETag and 304
 * (RFC 9110, section 13); no ranges.
 * @returns a function that resolves to whether it answered; where it did not, the app should. It
 *   rejects when a file that is there cannot be read.
 */
export function serveStatic(
  map: readonly (readonly [string, string])[],
): (exchange: Exchange) => Promise<boolean> {
  const mappings = map.map(staticMapping);
  return async (exchange) => {
    const { method, target } = exchange.request;
    if (method !== "GET" && method !== "HEAD") return false;
    const segments = pathSegments(target);
    if (segments === undefined) return false;
    for (const mapping of mappings) {
      const file = await staticFile(mapping, segments);
      if (file !== undefined && (await serveFile(exchange, file))) return true;
    }
    return false;
  };
}

async function serveFile(exchange: Exchange, file: string): Promise<boolean> {
  const handle = await openFile(file);
  if (handle === undefined) return false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return false;
    const headers = ["last-modified", stats.mtime.toUTCString(), "etag", entityTag(stats)];
    if (isUnchanged(exchange.request.headers, stats)) {
      exchange.respond(304, undefined, headers);
    } else {
      headers.push("content-type", contentTypeOf(file), "content-length", String(stats.size));
      exchange.respond(200, undefined, headers);
      if (exchange.request.method === "GET" && !(await sendFile(exchange, handle, stats.size))) return true;
    }
    exchange.end();
    return true;
  } finally {
    await handle.close();
  }
}

/** The path has no links left, so one that is found at its end was put there meanwhile; a FIFO would block. */
async function openFile(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Resolves to whether all of it was sent. */
async function sendFile(exchange: Exchange, handle: FileHandle, size: number): Promise<boolean> {
  let isOver = false;
  exchange.onClose(() => {
    isOver = true;
  });
  for (let position = 0; position < size; ) {
    // New memory for each chunk: the last one may still be waiting to be sent.
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkSize, size - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (isOver) return false;
    if (bytesRead === 0) {
      exchange.abort(new Error(`Cannot send the file whole: it became shorter than ${size} bytes meanwhile`));
      return false;
    }
    position += bytesRead;
    if (!exchange.write(chunk.subarray(0, bytesRead))) {
      await new Promise<void>((resolve) => exchange.drained(resolve));
    }
    if (isOver) return false;
  }
  return true;
}

function entityTag({ size, mtime }: Stats): string {
  return `"${size.toString(16)}-${mtime.getTime().toString(16)}"`;
}

/** RFC 9110, section 13.2.2: If-None-Match, and If-Modified-Since only without it. */
function isUnchanged(headers: readonly string[], stats: Stats): boolean {
  const tags = valuesOf(headers, "if-none-match");
  if (tags.length > 0) {
    const wanted = tags
      .join(",")
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""));
    return wanted.includes("*") || wanted.includes(entityTag(stats));
  }
  const since = Date.parse(valuesOf(headers, "if-modified-since")[0] ?? "");
  // The field counts whole seconds.
  return Math.floor(stats.mtime.getTime() / 1000) * 1000 <= since;
}

function valuesOf(headers: readonly string[], name: string): string[] {
  return headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name);
}
