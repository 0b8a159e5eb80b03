import { createRequire } from "node:module";
import type { Log } from "../log/log.ts";
import type { MasterOptions } from "../master/master-options.ts";
import { planOf } from "../master/plan.ts";
import { formatAddress } from "../options/address.ts";
import type { Config } from "../options/config.ts";

/**
 * What of `[nginx]` is kept by the listeners for HTTP on TCP, whom anybody may ask without NGINX; what is not
 * is told. undefined: there are none, or nothing is said.
 * @throws SiteError where the section is wrong.
 */
export function guardsOf(config: Config, log: Log): ReturnType<MasterOptions["guards"]> {
  const open = planOf(config, "/").listen.filter(
    ({ protocol, address }) => address.kind === "tcp" && (protocol === "http" || protocol === "https"),
  );
  if (open.length === 0 || config.siteSettings.length === 0) return undefined;
  const { builtInOf } = builtIn();
  const { leftOut, closed, throttle, auth, access, satisfy, trusted } = builtInOf(
    config.siteSettings,
    config.chdir,
  );
  const where = open.map(({ address }) => formatAddress(address)).join(", ");
  if (leftOut.length > 0)
    log.warn(`${leftOut.join(", ")} of [nginx] needs NGINX: not in effect for who asks ${where} directly`);
  if (closed.length > 0)
    log.warn(
      `only NGINX can ask who may come in to ${closed.join(", ")}: nobody may who asks ${where} directly`,
    );
  if (throttle.length + auth.length + access.length + trusted.length === 0) return undefined;
  return { throttle, auth, access, satisfy, trusted };
}

/** Loaded where it is needed, for it is large, and at once, for a reload may be the first to need it. */
export function builtIn(): typeof import("../nginx/built-in.ts") {
  const extension = import.meta.url.slice(-3);
  return createRequire(import.meta.url)(
    `../nginx/built-in${extension}`,
  ) as typeof import("../nginx/built-in.ts");
}
