import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../options/config.ts";
import type { Program } from "./program.ts";

/** Bytes. */
const KEY = 32;

/**
 * What the site of an instance says to its workers so that they know it from a client, who could send the same
 * field but not the value. Made of a key that is kept beside the sites' caches and that only its user may read.
 * @returns undefined where none can be kept, or `[nginx]` has no use for it
 */
export function siteToken(
  { name, chdir, siteSettings }: Config,
  { cache }: Pick<Program, "cache">,
): string | undefined {
  if (!siteSettings.some((setting) => setting.name === "send-files")) return undefined;
  const key = keptKey(join(cache, "nginx"));
  const { createHmac } = process.getBuiltinModule("node:crypto");
  return key && createHmac("sha256", key).update(`${name}\0${chdir}`).digest("hex").slice(0, 32);
}

function keptKey(folder: string): Buffer | undefined {
  const file = join(folder, "site.key");
  return readKey(file) ?? makeKey(folder, file);
}

function readKey(file: string): Buffer | undefined {
  try {
    const key = readFileSync(file);
    return key.length === KEY ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and the first of two that make one at a time is both's. */
function makeKey(folder: string, file: string): Buffer | undefined {
  const own = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(own, process.getBuiltinModule("node:crypto").randomBytes(KEY), { mode: 0o600, flag: "wx" });
    try {
      linkSync(own, file);
    } finally {
      rmSync(own, { force: true });
    }
  } catch {
    // Somebody was quicker, or nothing can be written here.
  }
  return readKey(file);
}
