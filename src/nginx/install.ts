import { assertAnswers } from "./answers.ts";
import { runCommand } from "./command.ts";
import { explain, type SitePlaces } from "./explain.ts";
import { inForceSince, ReloadError, reloadOrStart } from "./reload.ts";
import { type Change, changedAt, enableSite, isInstalled, sitePlaces, writeSiteFile } from "./site-files.ts";
import { type Outcome, runSteps, type StepReporter, type StepResult } from "./steps.ts";
import { type Nginx, whyNotInstallable } from "./system.ts";
import { nginxWords } from "./words.ts";

/**
 * Installs a site as the seed does: the file in sites-available, a link in sites-enabled, `nginx -t`,
 * reload (or start), and the site answers. Safe under traffic and safe to repeat: what is in force
 * already is left alone. When a step fails, what was changed is taken back and NGINX goes on as it was.
 * @param text the site, as printSite writes it
 * @returns the steps, the last of them failed where one did; it does not throw for those
 * @throws SiteError for a name that cannot be a file's
 */
export async function installSite(
  nginx: Nginx,
  text: string,
  name: string,
  reporter?: StepReporter,
): Promise<StepResult[]> {
  const places = sitePlaces(nginx, name);
  const changes: Change[] = [];
  let inForce = false;
  let mayBeInForce = false;

  return runSteps(
    [
      {
        name: "site file",
        run: async () => {
          // Looked at first: what is there and in force already needs no rights to be left alone.
          inForce = await isInForce(nginx, places, text);
          const why = inForce ? undefined : whyNotInstallable(nginx);
          if (why !== undefined) throw new Error(`Cannot install the site: ${why}`);
          return note(changes, writeSiteFile(places, text), places.file);
        },
      },
      { name: "site enabled", run: () => note(changes, enableSite(places), places.link) },
      {
        name: "nginx test",
        run: () => (inForce ? IN_FORCE_ALREADY : testNginx(nginx, places)),
      },
      {
        name: "nginx reloaded",
        run: async () => {
          if (inForce) return IN_FORCE_ALREADY;
          mayBeInForce = true;
          const outcome = await bringIntoForce(nginx, places, changedAt(places));
          await assertAnswers(text);
          return outcome;
        },
      },
    ],
    (failure) =>
      takeBack(nginx, changes, mayBeInForce && !(failure instanceof ReloadError && failure.keptOld)),
    reporter,
  );
}

const IN_FORCE_ALREADY: Outcome = { unchanged: true, detail: "in force already" };

async function isInForce(nginx: Nginx, places: SitePlaces, text: string): Promise<boolean> {
  if (!isInstalled(places, text) || !inForceSince(nginx, changedAt(places))) return false;
  return assertAnswers(text).then(
    () => true,
    () => false,
  );
}

/** Keeps a change, to be taken back should a later step fail. */
export function note(changes: Change[], change: Change | undefined, detail: string): Outcome {
  if (change === undefined) return { unchanged: true, detail };
  changes.unshift(change);
  return { detail };
}

/** `nginx -t` on all that is on disk. @throws Error with NGINX's words and what to do */
export async function testNginx(nginx: Nginx, places: SitePlaces): Promise<Outcome> {
  const { status, output } = await runCommand(nginx.binary, ["-t", ...nginx.args]);
  const words = nginxWords(output);
  if (status !== 0)
    throw new Error(explain(words.join("\n") || "nginx -t failed and said nothing", nginx, places));
  return { detail: ["the configuration is right", ...words].join("\n") };
}

/** @throws ReloadError with NGINX's words and what to do */
export async function bringIntoForce(nginx: Nginx, places: SitePlaces, changedAt?: number): Promise<Outcome> {
  try {
    const how = await reloadOrStart(nginx, changedAt);
    return { detail: how === "started" ? "NGINX was not running: started" : "new workers have taken over" };
  } catch (error) {
    if (!(error instanceof ReloadError)) throw error;
    throw new ReloadError(explain(error.message, nginx, places), error.keptOld);
  }
}

/**
 * Undoes the changes, the last first; where NGINX may have taken them, it reads what is there now.
 * Returns what to tell.
 */
export async function takeBack(
  nginx: Nginx,
  changes: readonly Change[],
  mayBeInForce: boolean,
): Promise<string> {
  if (changes.length === 0) return "";
  try {
    for (const change of changes) change.takeBack();
    if (mayBeInForce) await reloadOrStart(nginx);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `What was changed could not be taken back: ${reason}`;
  }
  return "Taken back: the site's files are as they were, and NGINX goes on as before.";
}
