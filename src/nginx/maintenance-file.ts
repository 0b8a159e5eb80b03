import { siteId } from "./site-id.ts";

/**
 * While this file is there, whatever is in it, the site of that name answers 503 with its maintenance page.
 * @param runtimeFolder where such files of this user lie; absolute
 */
export function maintenanceFile(runtimeFolder: string, name: string): string {
  return `${runtimeFolder}/${siteId(name)}.maintenance`;
}

/** The page of this time (`--page`), for Portico's own listeners; NGINX has that of the site. */
export function maintenancePage(file: string): string {
  return `${file}.html`;
}
