/** What of a site tells how it is put out of service. */
export interface Maintained {
  readonly maintenanceFile: string;
}

/** While this file is there, whatever is in it, the site answers 503 with its maintenance page. */
export function maintenanceFile(site: Maintained): string {
  return site.maintenanceFile;
}
