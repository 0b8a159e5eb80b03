import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where compiled code is kept between starts: PORTICO_CACHE_DIR, else /var/cache/portico for root, else the
 * user's own cache. Never a folder that strangers can write to, as the temporary one is: what lies in it is run.
 */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>, uid: number): string {
  if (env["PORTICO_CACHE_DIR"]) return env["PORTICO_CACHE_DIR"];
  if (uid === 0 && process.platform === "linux") return "/var/cache/portico";
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "portico");
}
