import { bringIntoForce, note, takeBack, testNginx } from "./install.ts";
import { removeMade } from "./made-files.ts";
import { masterPid } from "./processes.ts";
import { ReloadError } from "./reload.ts";
import { type Change, disableSite, removeSiteFile, sitePlaces } from "./site-files.ts";
import { siteId } from "./site-id.ts";
import { runSteps, type StepReporter, type StepResult } from "./steps.ts";
import type { Nginx } from "./system.ts";

/**
 * Removes a site that Portico installed: the link, the file, `nginx -t`, reload, and what was made for it. NGINX is
 * not started for it. When a step fails, what was removed is put back.
 * @param stateFolder where caches and certificates of sites lie; undefined: nothing there is the site's alone
 * @returns the steps, the last of them failed where one did
 * @throws SiteError for a name that cannot be a file's
 */
export async function removeSite(
  nginx: Nginx,
  name: string,
  reporter?: StepReporter,
  stateFolder?: string,
): Promise<StepResult[]> {
  const places = sitePlaces(nginx, name);
  const changes: Change[] = [];
  let mayBeInForce = false;

  return runSteps(
    [
      // The file first: one that is somebody's own must stay enabled too.
      { name: "site file", run: () => note(changes, removeSiteFile(places), places.file) },
      { name: "site enabled", run: () => note(changes, disableSite(places), places.link) },
      {
        name: "nginx test",
        run: () =>
          changes.length === 0
            ? { unchanged: true, detail: "nothing was removed" }
            : testNginx(nginx, places),
      },
      {
        name: "nginx reloaded",
        run: () => {
          if (changes.length === 0) return { unchanged: true, detail: "nothing was removed" };
          if (masterPid(nginx) === undefined) return { unchanged: true, detail: "NGINX is not running" };
          mayBeInForce = true;
          return bringIntoForce(nginx, places);
        },
      },
      ...(stateFolder === undefined
        ? []
        : [{ name: "site's own" as const, run: () => removeMade(stateFolder, siteId(name)) }]),
    ],
    (failure) =>
      takeBack(nginx, changes, mayBeInForce && !(failure instanceof ReloadError && failure.keptOld)),
    reporter,
  );
}
