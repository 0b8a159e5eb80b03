import { installSite } from "../nginx/install.ts";
import { printSite } from "../nginx/print.ts";
import { removeSite } from "../nginx/remove.ts";
import type { StepResult } from "../nginx/steps.ts";
import { findNginx, type Nginx } from "../nginx/system.ts";
import { testSite } from "../nginx/trial.ts";
import { loadConfig } from "../options/config.ts";
import { stepView, withFound } from "../up/steps.ts";
import { nginxCheck } from "./nginx-check.ts";
import { nginxPasswd } from "./nginx-passwd.ts";
import { type Program, UsageError } from "./program.ts";
import { preparedSite, siteStateFolder, wholeSite } from "./site.ts";

/** `portico nginx print|test|install|remove|check hello.ini`: the site in front of the workers; `passwd`: who may ask. */
export async function nginx(argv: readonly string[], program: Program): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === "check") return nginxCheck(rest, program);
  if (verb === "passwd") return nginxPasswd(rest, program);
  if (verb !== "print" && verb !== "test" && verb !== "install" && verb !== "remove")
    throw new UsageError(
      `portico nginx takes print, test, install, remove, check or passwd: got ${verb === undefined ? "nothing" : `"${verb}"`}`,
    );
  if (rest.length === 0)
    throw new UsageError(`portico nginx ${verb} wants the configuration: portico nginx ${verb} hello.ini`);
  const config = loadConfig(rest, program.environment);
  if (verb === "print") {
    const nginx = findNginx({ searchPath: program.env["PATH"] ?? "" });
    program.out(printSite(await wholeSite(config, program, nginx)));
    return 0;
  }
  const found = requireNginx(program);
  const view = stepView(program.out, program.terminal);
  const reporter = {
    began: (step: string) => view.begin(step),
    ended: (result: StepResult) => view.end(result),
  };
  switch (verb) {
    case "test": {
      const { text } = await preparedSite(config, program, found);
      const { ok, detail, context } = await testSite(found, text, config.name);
      const where = context === "machine" ? "among the sites of this machine" : "alone";
      program.out(
        `${ok ? `NGINX ${found.version} takes the site (tried ${where})` : `NGINX ${found.version} refuses the site`}${detail === "" ? "" : `:\n${detail}`}\n`,
      );
      return ok ? 0 : 1;
    }
    case "install": {
      const site = await preparedSite(config, program, found);
      const ended = (result: StepResult) => view.end(withFound(result, site.found));
      return status(await installSite(found, site.text, config.name, { ...reporter, ended }));
    }
    case "remove":
      // A private NGINX of the same name keeps them on.
      return status(
        await removeSite(
          found,
          config.name,
          reporter,
          config.nginx === "private" ? undefined : siteStateFolder(program),
        ),
      );
  }
}

function requireNginx(program: Program): Nginx {
  const found = findNginx({ searchPath: program.env["PATH"] ?? "" });
  if (!found) throw new UsageError("NGINX is not installed: sudo apt-get install nginx");
  return found;
}

function status(results: readonly StepResult[]): number {
  return results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
}
