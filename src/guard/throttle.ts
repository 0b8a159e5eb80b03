import type { RequestHead } from "../app/exchange.ts";
import { clientNetwork } from "./client-network.ts";
import type { Level, RateTable } from "./rate-table.ts";
import { holding, type RateRule } from "./rules.ts";

/** Seconds: until the request may be made again (refused), or is to wait for its turn. */
export type Verdict = { readonly refused: number } | { readonly wait: number };

/**
 * Counts requests by leaky buckets, as NGINX does (ngx_http_limit_req_module): one that any rule has no room for
 * is counted by none.
 */
export class Throttle {
  readonly #rules: readonly RateRule[];
  readonly #table: RateTable;

  constructor(rules: readonly RateRule[], table: RateTable) {
    this.#rules = rules;
    this.#table = table;
  }

  /** @param path as `comparable` gives it. @param now of `sharedClock` */
  judge(request: RequestHead, path: string, now: number): Verdict {
    const levels: Level[] = [];
    let wait = 0;
    for (const rule of holding(this.#rules, path)) {
      const rate = rule.per === "s" ? rule.count : rule.count / 60;
      const level = this.#table.look(keyOf(rule, request), rate, now);
      if (level.excess > rule.burst)
        return { refused: Math.max(1, Math.ceil((level.excess - rule.burst) / rate)) };
      levels.push(level);
      if (rule.waits) wait = Math.max(wait, level.excess / rate);
    }
    for (const level of levels) this.#table.count(level, now);
    return { wait };
  }
}

function keyOf(rule: RateRule, request: RequestHead): string {
  const { path, count, per, burst, by } = rule;
  // Without the field it counts by address.
  const sent = by === "ip" ? "" : sentBy(by, request);
  const client = sent === "" ? `ip ${clientNetwork(request.remoteAddress)}` : `sent ${sent}`;
  return `${path} ${count}r/${per} ${burst} ${client}`;
}

function sentBy({ kind, name }: Exclude<RateRule["by"], "ip">, { headers }: RequestHead): string {
  const wanted = kind === "cookie" ? "cookie" : name.toLowerCase();
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() !== wanted) continue;
    if (kind === "header") return headers[i + 1]!;
    for (const pair of headers[i + 1]!.split(";")) {
      const [key = "", value = ""] = pair.trim().split("=", 2);
      if (key === name) return value;
    }
  }
  return "";
}
