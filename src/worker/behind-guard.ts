import type { GuardConfig } from "../channel/messages.ts";
import type { GatewayOptions } from "../gateway/gateway.ts";
import { HttpFacts } from "../gateway/http-facts.ts";
import type { Front } from "../guard/front.ts";
import { Maintenance } from "../guard/maintenance.ts";
import type { Log } from "../log/log.ts";

/**
 * What answers before the app: what NGINX would do in front, then static files.
 * @param guardFd undefined: nothing is counted
 */
export async function behindGuard(
  rules: GuardConfig,
  guardFd: number | undefined,
  next: GatewayOptions["before"],
  log: Log,
): Promise<NonNullable<GatewayOptions["before"]>> {
  const front = await frontOf(rules, guardFd, log);
  return (exchange) => {
    const { request } = exchange;
    // Others come through a web server, which has asked.
    const answered = request instanceof HttpFacts && request.isOverTcp && front(exchange, request);
    if (answered === true) return true;
    if (answered === false) return next?.(exchange) ?? false;
    return answered.then((done) => done || (next?.(exchange) ?? false));
  };
}

/** What is not wanted is not loaded: most have no more than the file of `portico maintenance`. */
async function frontOf(rules: GuardConfig, guardFd: number | undefined, log: Log): Promise<Front> {
  const { files, headers, hsts, bodySizes, requestId, maintenance: rule } = rules.site;
  const maintenance = new Maintenance(rule);
  const isSite = files !== undefined || headers.length + bodySizes.length > 0 || requestId;
  if (guardFd === undefined && !isSite && hsts === undefined)
    return (exchange) => maintenance.answers(exchange, performance.now());
  const { createFront } = await import("../guard/front.ts");
  const guard =
    guardFd === undefined ? undefined : (await import("../guard/guard.ts")).createGuard(rules, guardFd, log);
  const served = files && new (await import("../app/site-files.ts")).SiteFiles(files);
  return createFront(rules.site, maintenance, guard, served);
}
