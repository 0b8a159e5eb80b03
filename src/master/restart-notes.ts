import { type Config, restartNeeded } from "../options/config.ts";

/** What to tell of a reload: options that differ and that it does not apply. */
export function restartNotes(before: Config | undefined, after: Config): string[] {
  const names = before ? restartNeeded(before, after) : [];
  return names.length === 0 ? [] : [`changed, but only a restart applies it: ${names.join(", ")}`];
}
