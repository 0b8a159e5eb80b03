import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where root's sockets go that cannot be where they were wanted. */
const COMMON_FOLDER = "/run/portico";
/**
 * File systems of another machine or system, by their numbers in statfs(2): FUSE and 9P, over which Docker
 * Desktop and podman machine mount the host's directories. chmod of a socket fails there with EINVAL.
 */
const FOREIGN = new Set([0x65735546, 0x01021997]);

/**
 * The path of one worker's own socket, for the sites that Portico writes: beside the shared one,
 * "/srv/hello/hello.sock", 2 → "/srv/hello/hello.2.sock"; in root's /run/portico where a directory above
 * is closed to others (a checkout in /root), since NGINX's workers are not root, or cannot hold sockets.
 */
export function workerSocketPath(shared: string, id: number): string {
  const name = basename(shared);
  const dot = name.lastIndexOf(".");
  const own = dot > 0 ? `${name.slice(0, dot)}.${id}${name.slice(dot)}` : `${name}.${id}`;
  const folder = dirname(shared);
  if (!isLinuxRoot() || (openToOthers(folder) && holdsSockets(folder))) return join(folder, own);
  return commonPath(shared, own);
}

/**
 * Where the shared socket is: as configured; in root's /run/portico where the directory cannot hold sockets,
 * which is how containers may get an app (`-v "$PWD:/var/www/app:ro"`).
 */
export function sharedSocketPath(shared: string): string {
  if (shared.startsWith("\0") || !isLinuxRoot() || holdsSockets(dirname(shared))) return shared;
  return commonPath(shared, basename(shared));
}

function commonPath(shared: string, name: string): string {
  // Rarely wanted, and 8 ms of each start.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const unique = createHash("sha256").update(shared).digest("hex").slice(0, 8);
  return join(COMMON_FOLDER, `${unique}-${name}`);
}

function isLinuxRoot(): boolean {
  return process.platform === "linux" && process.getuid!() === 0;
}

/** A directory that is missing, or denied, is no reason to go elsewhere: binding tells of it. */
function holdsSockets(directory: string): boolean {
  try {
    if (FOREIGN.has(statfsSync(directory).type)) return false;
    accessSync(directory, constants.W_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EROFS";
  }
}

/** Whether users that own nothing here may pass through a directory and all above it. */
function openToOthers(directory: string): boolean {
  for (let at = directory; ; at = dirname(at)) {
    const stat = statSync(at, { throwIfNoEntry: false });
    if (stat && (stat.mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
