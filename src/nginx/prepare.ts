import { mkdirSync } from "node:fs";
import type { Site } from "./site.ts";

/**
 * Makes what NGINX wants to be there before it reads the site: the folders above its caches, which it makes
 * itself for its own user.
 * @throws Error where that cannot be made
 */
export async function prepareSite(site: Pick<Site, "folders">): Promise<void> {
  // NGINX's user passes through; what lies below is its own.
  for (const folder of site.folders) mkdirSync(folder, { recursive: true, mode: 0o755 });
}
