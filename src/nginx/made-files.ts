import { existsSync } from "node:fs";
import { runCommand } from "./command.ts";
import type { PassModule } from "./draft.ts";
import type { KeyPair } from "./features/tls-pair.ts";
import type { Outcome } from "./steps.ts";

/** Where caches of all sites lie. */
export function cacheParent(stateFolder: string): string {
  return `${stateFolder}/cache`;
}

/** Where a site keeps answers. @param module of a wire that is not the main app's */
export function cacheFolder(stateFolder: string, id: string, module?: PassModule): string {
  return `${cacheParent(stateFolder)}/${id}${module === undefined ? "" : `-${module}`}`;
}

/** The pair for development of a site. */
export function selfSignedPair(stateFolder: string, id: string): KeyPair {
  const file = `${stateFolder}/certificates/${id}`;
  return { certificate: `${file}.pem`, key: `${file}.key` };
}

/**
 * Removes what Portico and NGINX have made for a site that is gone: its caches and its pair for development, whatever
 * its settings are by now. What people made is named in `[nginx]` and lies elsewhere.
 */
export async function removeMade(stateFolder: string, id: string): Promise<Outcome> {
  const modules: (PassModule | undefined)[] = [undefined, "proxy", "uwsgi", "fastcgi"];
  const { certificate, key } = selfSignedPair(stateFolder, id);
  const all = [...modules.map((module) => cacheFolder(stateFolder, id, module)), certificate, key];
  const found = all.filter((file) => existsSync(file));
  const rest = "logs, password files and certificates that [nginx] names are kept";
  if (found.length === 0) return { unchanged: true, detail: rest };
  // rm follows no link, also where NGINX's user puts one while root removes that user's folders.
  const { status, output } = await runCommand("rm", ["-rf", "--", ...found]);
  // The site is gone all the same.
  if (status !== 0) return { unchanged: true, detail: `kept: ${output}` };
  return { detail: `removed ${found.join(", ")}; ${rest}` };
}
