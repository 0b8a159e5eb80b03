import type { GuardConfig } from "../channel/messages.ts";
import type { GatewayOptions } from "../gateway/gateway.ts";
import { HttpFacts } from "../gateway/http-facts.ts";
import { createGuard } from "../guard/guard.ts";
import type { Log } from "../log/log.ts";

/** What answers before the app: the guard, then static files. */
export function behindGuard(
  rules: GuardConfig,
  guardFd: number,
  next: GatewayOptions["before"],
  log: Log,
): NonNullable<GatewayOptions["before"]> {
  const guard = createGuard(rules, guardFd, log);
  return (exchange) => {
    const { request } = exchange;
    // Others come through a web server, which has asked.
    const answered = request instanceof HttpFacts && request.isOverTcp && guard(exchange, request);
    if (answered === true) return true;
    if (answered === false) return next?.(exchange) ?? false;
    return answered.then((done) => done || (next?.(exchange) ?? false));
  };
}
