import { readFileSync } from "node:fs";
import { extname } from "node:path";

/** Media types by a file name's extension (IANA's registry; the common ones of the web). */
const types: Readonly<Record<string, string>> = {
  ".avif": "image/avif",
  ".bin": "application/octet-stream",
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".flac": "audio/flac",
  ".gif": "image/gif",
  ".gz": "application/gzip",
  ".htm": "text/html; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/vnd.microsoft.icon",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".ics": "text/calendar; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".jsonld": "application/ld+json",
  ".m4a": "audio/mp4",
  ".map": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".ogg": "audio/ogg",
  ".ogv": "video/ogg",
  ".otf": "font/otf",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".ttf": "font/ttf",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".wav": "audio/wav",
  ".webm": "video/webm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
  ".xml": "application/xml",
  ".zip": "application/zip",
};

/** What a file is sent as; bytes of no known kind where its name does not tell. */
export function contentTypeOf(file: string, more?: ReadonlyMap<string, string>): string {
  const extension = extname(file).toLowerCase();
  return more?.get(extension) ?? types[extension] ?? "application/octet-stream";
}

/**
 * Reads files in the form of /etc/mime.types: a type and its extensions a line, `#` before a comment.
 * @returns types by extension, with its dot; the last file that has one counts.
 * @throws Error for one that cannot be read.
 */
export function readContentTypes(files: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    for (const line of textOf(file).split("\n")) {
      const [type, ...extensions] = line.replace(/#.*/, "").split(/\s+/).filter(Boolean);
      if (type === undefined || !/^[\w.+-]+\/[\w.+-]+$/.test(type)) continue;
      const sent = type.startsWith("text/") ? `${type}; charset=utf-8` : type;
      for (const extension of extensions) found.set(`.${extension.toLowerCase()}`, sent);
    }
  }
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw new Error(`Cannot read mimefile ${file}: ${(error as Error).message}`, { cause: error });
  }
}
