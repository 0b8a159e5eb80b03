import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { runCommand } from "../command.ts";
import { explain } from "../explain.ts";
import { SiteError } from "../site-error.ts";
import type { Nginx } from "../system.ts";
import { nginxWords } from "../words.ts";
import type { PrivatePlaces } from "./places.ts";
import { type PrivateConf, printPrivateConf } from "./print.ts";

export type PrivateFacts = Omit<PrivateConf, "places" | "siteFile">;

/** A layout that NGINX has taken in a trial and that does not count yet. */
export interface Candidate {
  /** Whether it is what lies there already. */
  readonly unchanged: boolean;
  /** Puts it in the place of the one before; returns how to undo that. */
  commit(): () => void;
}

/**
 * Writes nginx.conf and site beside those that count, and has NGINX test them.
 * @throws SiteError with NGINX's own words and what to do; what counts is as it was.
 */
export async function tryOut(
  nginx: Nginx,
  places: PrivatePlaces,
  site: string,
  facts: PrivateFacts,
): Promise<Candidate> {
  for (const directory of [places.directory, places.temporary]) {
    mkdirSync(directory, { recursive: true });
    // NGINX's workers may be another user and pass through; others are not to look around.
    chmodSync(directory, 0o711);
  }
  // Request lines hold what people searched for: NGINX itself would make logs for everybody to read.
  for (const log of [places.errorLog, places.accessLog]) closeSync(openSync(log, "a", 0o640));
  // What npm, Docker and git would otherwise carry along.
  const ignore = path.join(path.dirname(places.directory), ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
  const trial = { conf: `${places.confFile}.new`, site: `${places.siteFile}.new` };
  const conf = printPrivateConf({ places, siteFile: places.siteFile, ...facts });
  const before = { conf: textOf(places.confFile), site: textOf(places.siteFile) };
  try {
    writeFileSync(trial.site, site, { mode: 0o644 });
    writeFileSync(trial.conf, printPrivateConf({ places, siteFile: trial.site, ...facts }));
    const { status, output } = await runCommand(nginx.binary, [
      ...["-t", "-q", "-e", places.errorLog],
      ...["-c", trial.conf],
    ]);
    if (status !== 0) {
      const words = nginxWords(output)
        .join("\n")
        .replaceAll(trial.site, places.siteFile)
        .replaceAll(trial.conf, places.confFile);
      throw new SiteError(
        explain(words || "nginx -t failed and said nothing", nginx, {
          file: places.siteFile,
          link: places.siteFile,
        }),
      );
    }
    rmSync(trial.conf);
  } catch (error) {
    for (const file of Object.values(trial)) rmSync(file, { force: true });
    throw error;
  }
  return {
    unchanged: before.conf === conf && before.site === site,
    commit() {
      writeFileSync(trial.conf, conf, { mode: 0o644 });
      renameSync(trial.site, places.siteFile);
      renameSync(trial.conf, places.confFile);
      return () => {
        if (before.site !== undefined) writeFileSync(places.siteFile, before.site);
        if (before.conf !== undefined) writeFileSync(places.confFile, before.conf);
      };
    },
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
