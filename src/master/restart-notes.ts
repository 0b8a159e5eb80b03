import { isDeepStrictEqual } from "node:util";
import { type Config, restartNeeded } from "../options/config.ts";

/** What to tell of a reload: options that differ and that it does not apply. */
export function restartNotes(before: Config | undefined, after: Config): string[] {
  const names: string[] = before ? restartNeeded(before, after) : [];
  if (before && !isDeepStrictEqual(places(before), places(after))) names.push("listen of [nginx]");
  return names.length === 0 ? [] : [`changed, but only a restart applies it: ${names.join(", ")}`];
}

/** Where it listens because `[nginx]` says so. */
function places({ siteListeners }: Config): unknown {
  return siteListeners.map(({ address, redirect, tls }) => ({
    address,
    redirect,
    secure: tls !== undefined,
  }));
}
