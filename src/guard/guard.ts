import type { Exchange, RequestHead } from "../app/exchange.ts";
import type { Log } from "../log/log.ts";
import { Access } from "./access.ts";
import { BasicAuth, type Identity } from "./basic-auth.ts";
import { RateTable, sharedClock } from "./rate-table.ts";
import { type AuthRule, comparable, type GuardRules, holding } from "./rules.ts";
import { Throttle } from "./throttle.ts";

/** A request whose app can be told who was let in. */
export interface Identified extends RequestHead {
  /** undefined: nobody; what the client says of itself is taken away. */
  identify(user: string | undefined, type?: "Basic"): void;
  /** Who it is by its certificate. */
  readonly clientSubject: string | undefined;
}

/** What stands before static files and the app; true: it has answered. */
export type Guard = (exchange: Exchange, request: Identified) => boolean | Promise<boolean>;

/**
 * Who may ask for what and how often, where no NGINX stands in front: throttling first, then addresses and
 * names, in the order of NGINX's phases.
 * @param tableFd of the file that all workers share (RATE_TABLE_BYTES)
 */
export function createGuard(rules: GuardRules, tableFd: number, log: Log): Guard {
  if (rules.throttle.length + rules.auth.length + rules.access.length === 0) return () => false;
  const table = new RateTable(tableFd);
  const throttle = new Throttle(rules.throttle, table);
  const access = new Access(rules.access);
  const basic = new BasicAuth(table, log);

  const enter = (exchange: Exchange, request: Identified, path: string): boolean | Promise<boolean> => {
    const [rule] = holding(rules.auth, path);
    const allowed = access.lets(path, request.remoteAddress);
    if (rule?.kind === "certificate") {
      // No address stands in for it.
      if (request.clientSubject === undefined || allowed === false) return refuse(exchange, 403);
      request.identify(request.clientSubject);
      return false;
    }
    const wantsName = rule !== undefined && rule.kind !== "off";
    const either = wantsName && allowed !== undefined && holding(rules.satisfy, path)[0]?.word === "any";
    if (allowed === false && !either) return refuse(exchange, 403);
    if (!wantsName || (either && allowed)) return false;
    if (rule.kind === "closed") return refuse(exchange, 403);
    const identity = basic.identify(rule.file, request.headers, request.remoteAddress);
    if (!(identity instanceof Promise)) return admit(exchange, request, rule, identity);
    return identity.then((found) => exchange.ended || admit(exchange, request, rule, found));
  };

  return (exchange, request) => {
    const path = comparable(request.target);
    if (path === undefined) return refuse(exchange, 400);
    // Whoever is not named below is nobody, whatever it says of itself.
    if (rules.auth.length > 0) request.identify(undefined);
    const verdict = throttle.judge(request, path, sharedClock());
    if ("refused" in verdict) return refuse(exchange, 429, ["Retry-After", String(verdict.refused)]);
    if (verdict.wait === 0) return enter(exchange, request, path);
    return wait(exchange, verdict.wait).then(() => exchange.ended || enter(exchange, request, path));
  };
}

function admit(
  exchange: Exchange,
  request: Identified,
  { realm }: AuthRule & { kind: "basic" },
  identity: Identity,
): boolean {
  switch (identity.kind) {
    case "user":
      request.identify(identity.name, "Basic");
      return false;
    case "nobody":
      return refuse(exchange, 401, ["WWW-Authenticate", `Basic realm="${latin1(realm)}", charset="UTF-8"`]);
    case "later":
      return refuse(exchange, identity.status, ["Retry-After", String(identity.seconds)]);
    case "closed":
      return refuse(exchange, 403);
  }
}

/** Until its turn, or until the client has gone. */
function wait(exchange: Exchange, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    exchange.onClose(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Header fields have one character a byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

const TEXTS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

function refuse(exchange: Exchange, status: number, headers: readonly string[] = []): true {
  const fields = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store", ...headers];
  exchange.respondWith(status, undefined, fields, `${TEXTS[status]}\n`);
  return true;
}
