import path from "node:path";
import { SiteError } from "../site-error.ts";

/** Where a private NGINX keeps what is its own. All absolute. */
export interface PrivatePlaces {
  readonly directory: string;
  readonly confFile: string;
  /** The site, the same text that the machine's NGINX would get. */
  readonly siteFile: string;
  readonly pidFile: string;
  readonly errorLog: string;
  readonly accessLog: string;
  /** For bodies on their way; NGINX makes them. Its workers must be able to come here. */
  readonly temporary: string;
}

/**
 * @param chdir the project's directory
 * @param temporary for bodies on their way; below `.portico/nginx` where it is not given
 * @throws SiteError for a directory that NGINX would not take for a path
 */
export function privatePlaces(chdir: string, temporary?: string): PrivatePlaces {
  const directory = path.join(chdir, ".portico", "nginx");
  if (/[$\x00-\x1f\x7f]/.test(directory))
    throw new SiteError(
      `Cannot have a private NGINX: expected a directory without $ and control characters: got ${JSON.stringify(directory)}`,
    );
  return {
    directory,
    confFile: path.join(directory, "nginx.conf"),
    siteFile: path.join(directory, "site.conf"),
    pidFile: path.join(directory, "nginx.pid"),
    errorLog: path.join(directory, "error.log"),
    accessLog: path.join(directory, "access.log"),
    temporary: temporary ?? path.join(directory, "temporary"),
  };
}
