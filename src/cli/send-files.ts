import type { MasterOptions } from "../master/master-options.ts";
import type { Config } from "../options/config.ts";
import { builtIn } from "./guards.ts";
import type { Program } from "./program.ts";
import { siteToken } from "./site-token.ts";

/**
 * The directories of `send-files`, for the workers: they send those files where no NGINX does.
 * @throws SiteError where the section is wrong.
 */
export function sendFilesOf(config: Config, program: Program): ReturnType<MasterOptions["sendFiles"]> {
  if (!config.siteSettings.some(({ name }) => name === "send-files")) return undefined;
  const roots = builtIn().sentOf(config.siteSettings, config.chdir);
  const token = siteToken(config, program);
  return { roots, ...(token !== undefined && { token }) };
}
