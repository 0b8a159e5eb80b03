import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import path from "node:path";

/** What of a site tells where it keeps answers. */
export interface Caches {
  /** The folders in which NGINX keeps answers, one for each wire; none: the site has no cache. */
  readonly cacheFolders: readonly string[];
}

/** A cache file begins with NGINX's own header and the key: so much is read of it. Bytes. */
const HEAD = 8192;

/** Where NGINX keeps the answer to a key, with `levels=1:2`; a variant by Vary lies elsewhere. */
export function cacheFile(folder: string, key: string): string {
  const name = createHash("md5").update(key).digest("hex");
  return path.join(folder, name.slice(-1), name.slice(-3, -1), name);
}

/**
 * How `${module}_cache_key` makes the key of a request, of all that the app is told and may answer by: a page
 * that sends http on to https must not be given to who came by https.
 * @param scheme the variable of what the app is told
 */
export function cacheKey(id: string, scheme: string): string {
  return `$request_method ${scheme}://$${id}_host$request_uri`;
}

/**
 * The files that hold answers to a path, for every method, host, query and variant. NGINX takes a
 * file that is gone for an answer that it does not have.
 * @param wanted "/news": that path with any query; "/news?page=2": that query alone; "/news/*": all that begins so
 * @returns absolute file names; none where nothing is kept
 * @throws Error where the cache may not be read by this user
 */
export function cacheFiles({ cacheFolders }: Caches, wanted: string): string[] {
  return cacheFolders.flatMap((folder) =>
    filesBelow(folder).filter((file) => {
      const key = keyOf(file);
      return key !== undefined && isKeyOf(key, wanted);
    }),
  );
}

/** Whether an answer under that key is one to the path that is wanted. */
export function isKeyOf(key: string, wanted: string): boolean {
  const uri = /^[A-Z]+ [a-z]+:\/\/[^/]*(\/.*)$/s.exec(key)?.[1];
  if (uri === undefined) return false;
  if (wanted.endsWith("*")) return uri.startsWith(wanted.slice(0, -1));
  return uri === wanted || (!wanted.includes("?") && uri.startsWith(`${wanted}?`));
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[\da-f]{32}$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** The line that NGINX writes behind its binary header; undefined where the file went away meanwhile. */
function keyOf(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    const buffer = Buffer.alloc(HEAD);
    const text = buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, HEAD, 0));
    return /\nKEY: ([^\n]*)\n/.exec(text)?.[1];
  } finally {
    closeSync(descriptor);
  }
}
