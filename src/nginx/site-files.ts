import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { SitePlaces } from "./explain.ts";
import { matchesPattern } from "./included.ts";
import { WRITTEN_BY } from "./print.ts";
import { checkName } from "./site.ts";
import type { Nginx } from "./system.ts";

/** What was changed on disk; undefined in its place: nothing was. */
export interface Change {
  takeBack(): void;
}

/** sites-available/hello.conf, enabled as sites-enabled/hello. @throws SiteError for a name that is none. */
export function sitePlaces(nginx: Nginx, name: string): SitePlaces {
  checkName(name);
  const pattern = nginx.enabledPattern ?? "*";
  const linkName = [name, `${name}.conf`].find((candidate) => matchesPattern(pattern, candidate)) ?? name;
  const file = path.join(nginx.sitesAvailable, `${name}.conf`);
  return { file, link: enabledAs(nginx, file) ?? path.join(nginx.sitesEnabled, linkName) };
}

/**
 * Writes the site file, whole or not at all.
 * @throws Error where a file of that name is somebody's own.
 */
export function writeSiteFile({ file }: SitePlaces, text: string): Change | undefined {
  const before = readOwn(file, text);
  if (before === text) return undefined;
  replaceFile(file, text);
  return {
    takeBack: () => (before === undefined ? rmSync(file, { force: true }) : replaceFile(file, before)),
  };
}

/**
 * Enables the site by a symbolic link.
 * @throws Error where something else is enabled under that name.
 */
export function enableSite({ file, link }: SitePlaces): Change | undefined {
  const before = linkTarget(link);
  if (before !== undefined && path.resolve(path.dirname(link), before) === file) return undefined;
  if (before !== undefined && !isReplaceable(link))
    throw new Error(
      `Cannot enable the site as ${link}: it links to ${before}, which Portico did not write: remove it, or set another name`,
    );
  if (before === undefined && lstatSync(link, { throwIfNoEntry: false }) !== undefined)
    throw new Error(
      `Cannot enable the site as ${link}: that is a file of its own and no link: move it to ${path.dirname(file)}, or set another name`,
    );
  replaceLink(link, file);
  return {
    takeBack: () => (before === undefined ? rmSync(link, { force: true }) : replaceLink(link, before)),
  };
}

/** @throws Error where the file is somebody's own. */
export function removeSiteFile({ file }: SitePlaces): Change | undefined {
  const before = readOwn(file, undefined);
  if (before === undefined) return undefined;
  rmSync(file);
  return { takeBack: () => replaceFile(file, before) };
}

/** Removes the link; one that leads elsewhere is not this site's and stays. */
export function disableSite({ file, link }: SitePlaces): Change | undefined {
  const before = linkTarget(link);
  if (before === undefined || path.resolve(path.dirname(link), before) !== file) return undefined;
  rmSync(link);
  return { takeBack: () => replaceLink(link, before) };
}

/** Whether file and link are what `writeSiteFile` and `enableSite` would make them. */
export function isInstalled({ file, link }: SitePlaces, text: string): boolean {
  const target = linkTarget(link);
  if (target === undefined || path.resolve(path.dirname(link), target) !== file) return false;
  return existsSync(file) && readFileSync(file, "utf8") === text;
}

/** When file or link was last changed, milliseconds since the epoch. */
export function changedAt({ file, link }: SitePlaces): number {
  return Math.max(lstatSync(file).ctimeMs, lstatSync(link).ctimeMs);
}

/** What a site file holds now; undefined where there is none. One that is `wanted` already is as good as own. */
function readOwn(file: string, wanted: string | undefined): string | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const text = found.isFile() || existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text === wanted) return text;
  if (!found.isFile() || !text.startsWith(WRITTEN_BY))
    throw new Error(
      `${file} was not written by Portico and is left as it is: move it away, or set another name`,
    );
  return text;
}

/** A link that leads nowhere, or to a site of Portico's. */
function isReplaceable(link: string): boolean {
  return !existsSync(link) || readFileSync(link, "utf8").startsWith(WRITTEN_BY);
}

/** The link under which that file is enabled already, whatever its name. */
function enabledAs(nginx: Nginx, file: string): string | undefined {
  if (!existsSync(nginx.sitesEnabled)) return undefined;
  return readdirSync(nginx.sitesEnabled)
    .filter((name) => matchesPattern(nginx.enabledPattern ?? "*", name))
    .map((name) => path.join(nginx.sitesEnabled, name))
    .find((link) => {
      const target = linkTarget(link);
      return target !== undefined && path.resolve(path.dirname(link), target) === file;
    });
}

function linkTarget(link: string): string | undefined {
  return lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(link) : undefined;
}

function replaceFile(file: string, text: string): void {
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, text, { mode: 0o644 });
    // Whatever the umask: NGINX need not run as this user.
    chmodSync(temporary, 0o644);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function replaceLink(link: string, target: string): void {
  const temporary = temporaryName(link);
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, link);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** In the same directory, for rename; with a dot in front, which `include sites-enabled/*` passes over. */
function temporaryName(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
}
