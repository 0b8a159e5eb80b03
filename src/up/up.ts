import { installSite } from "../nginx/install.ts";
import type { Nginx } from "../nginx/system.ts";
import { runStep, type StepReport, type StepView, withFound } from "./steps.ts";

export interface UpPlan {
  /** Installs the packages that the project asks for; what was done, or undefined where nothing was to do. */
  readonly packages: () => Promise<string | undefined>;
  /** Starts the app server, or reloads the one that runs. */
  readonly serve: () => Promise<{ outcome: "done" | "failed"; detail: string }>;
  /** The site to put in front, or why there is to be none and how there would be. */
  readonly site:
    | { readonly nginx: Nginx; readonly name: string; readonly written: () => Promise<WrittenSite> }
    | { readonly none: string; readonly found?: () => Promise<readonly string[]> };
  readonly view: StepView;
}

/** A site's text, and what was found in the app for it, a line each. */
export interface WrittenSite {
  readonly text: string;
  readonly found: readonly string[];
}

const SITE_STEPS = ["site file", "site enabled", "nginx reloaded"] as const;

/**
 * The five steps of the seed's start script, each checked: packages, app server, site file, site enabled,
 * NGINX reloaded. The first that fails is the last; what ran before goes on running.
 */
export async function up({ packages, serve, site, view }: UpPlan): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  const run = async (step: string, act: Parameters<typeof runStep>[2]): Promise<boolean> => {
    const report = await runStep(step, view, act);
    reports.push(report);
    return report.outcome !== "failed";
  };
  const install = async () => {
    const done = await packages();
    return done === undefined
      ? ({ outcome: "unchanged", detail: "" } as const)
      : ({ outcome: "done", detail: done } as const);
  };
  if (!(await run("packages", install))) return reports;
  if (!(await run("app server", serve))) return reports;
  if ("none" in site) {
    for (const step of SITE_STEPS)
      await run(step, async () => {
        if (step !== "site file") return { outcome: "skipped", detail: "" };
        const { detail } = withFound({ step, detail: site.none }, (await site.found?.()) ?? []);
        return { outcome: "skipped", detail };
      });
    return reports;
  }
  const { text, found } = await site.written();
  await installSite(site.nginx, text, site.name, {
    began: (step) => view.begin(step),
    ended: (ended) => {
      const result = withFound(ended, found);
      reports.push(result);
      // The test is no step of the seed's: it is shown when it has something to say.
      if (result.step !== "nginx test" || result.outcome === "failed" || result.detail.includes("\n"))
        view.end(result);
    },
  });
  return reports;
}
