import { chmodSync, mkdirSync } from "node:fs";
import { makeSelfSigned } from "./self-signed.ts";
import type { Site } from "./site.ts";

/**
 * Makes what NGINX wants to be there before it reads the site: the folders above its caches, which it makes
 * itself for its own user, and a certificate for development.
 * @throws Error where that cannot be made
 */
export async function prepareSite({
  folders,
  selfSigned,
}: Pick<Site, "folders" | "selfSigned">): Promise<void> {
  // NGINX's user passes through; what lies below is its own.
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    // Whatever the umask.
    chmodSync(folder, 0o755);
  }
  if (selfSigned !== undefined) await makeSelfSigned(selfSigned);
}
