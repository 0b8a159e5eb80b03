import type { Setting } from "../ini/setting.ts";
import { findOption, nearestName } from "./names.ts";

/** Variables of the program itself, no options (src/main.ts, src/cli/cache-folder.ts, src/master/registry.ts). */
const OWN: ReadonlySet<string> = new Set(["cache-dir", "runtime-dir"]);

/** What the environment says: its settings, and what looks like a mistyped one. */
export interface ParsedEnvironment {
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
}

/**
 * Reads `UWSGI_HTTP_SOCKET` and `PORTICO_HTTP_SOCKET` as the option http-socket, Portico's last, so that it
 * counts where both are set. Empty variables count as unset. A `UWSGI_` variable that is no option is none
 * of ours: ini files use them as `$(UWSGI_…)`.
 */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): ParsedEnvironment {
  const settings: Setting[] = [];
  const warnings: string[] = [];
  for (const prefix of ["UWSGI_", "PORTICO_"]) {
    for (const [variable, value] of Object.entries(env)) {
      if (!variable.startsWith(prefix) || value === undefined || value === "") continue;
      const name = variable.slice(prefix.length).toLowerCase().replaceAll("_", "-");
      if (findOption(name) !== undefined) {
        settings.push({ name, value, origin: { environment: variable } });
      } else if (prefix === "PORTICO_" && !OWN.has(name)) {
        const nearest = nearestName(name);
        if (nearest === undefined || findOption(nearest) === undefined) continue;
        const meant = `PORTICO_${nearest.replaceAll("-", "_").toUpperCase()}`;
        warnings.push(`${variable} is no option: did you mean ${meant}?`);
      }
    }
  }
  return { settings, warnings };
}
