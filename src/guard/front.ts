import { randomBytes } from "node:crypto";
import type { Exchange } from "../app/exchange.ts";
import { resolvedPath } from "../app/resolved-path.ts";
import type { SiteFiles } from "../app/site-files.ts";
import type { Guard, Identified } from "./guard.ts";
import type { Maintenance } from "./maintenance.ts";
import { holding, lower } from "./rules.ts";
import { SiteHeaders, withFields } from "./site-headers.ts";
import type { SiteRules } from "./site-rules.ts";

/** An exchange that does what a web server in front would. */
export interface FrontExchange extends Exchange {
  /** Puts into a response's header what the app does not say. */
  amend: ((headers: readonly string[]) => readonly string[]) | undefined;
  /** Sets how many bytes the request's body may have. false: it is known to have more. */
  limitBody(bytes: number): boolean;
}

export interface FrontRequest extends Identified {
  /** Whether a trusted proxy has passed it on. */
  readonly isRelayed: boolean;
  /** What the app sees of a field, whatever the client sent. */
  replaceField(name: string, value: string | undefined): void;
}

/** What stands before static files and the app; true: it has answered. */
export type Front = (exchange: FrontExchange, request: FrontRequest) => boolean | Promise<boolean>;

const ID_FIELD = "X-Request-ID";

/**
 * What a site in NGINX gives, where none stands in front, in the order of NGINX's phases: what holds for all, how
 * much may be sent, who may come in, files.
 */
export function createFront(
  rules: SiteRules,
  maintenance: Maintenance,
  guard: Guard | undefined,
  files: SiteFiles | undefined,
): Front {
  const headers = new SiteHeaders(rules.headers, rules.hsts);
  const adds = rules.headers.length > 0 || rules.hsts !== undefined || rules.requestId;
  const { bodySizes, requestId } = rules;
  const needsPath = files !== undefined || adds || bodySizes.length > 0;

  return (exchange, request) => {
    const resolved = needsPath ? resolvedPath(request.target) : "";
    if (needsPath && resolved === undefined && request.target !== "*") return refuse(exchange, 400);
    const path = resolved ?? request.target;
    const at = needsPath ? lower(path) : "";
    if (adds) {
      const fields = headers.at(at, request.scheme);
      const all = requestId ? [...fields, ...identified(request)] : fields;
      if (all.length > 0) exchange.amend = (given) => withFields(given, all);
    }
    if (maintenance.answers(exchange, performance.now())) return true;
    const limit = bodySizes.length === 0 ? undefined : holding(bodySizes, at)[0]?.bytes;
    if (limit !== undefined && limit > 0 && !exchange.limitBody(limit))
      return refuse(exchange, 413, ["Connection", "close"]);
    if (files?.open(exchange, path)) return true;
    const answered = guard?.(exchange, request) ?? false;
    if (answered === true) return true;
    if (answered === false) return files?.serve(exchange, path) ?? false;
    return answered.then((done) => done || exchange.ended || (files?.serve(exchange, path) ?? false));
  };
}

/** What the answer says of the id that the request now has: nothing where the proxy in front says it. */
function identified(request: FrontRequest): string[] {
  if (request.isRelayed && request.headers.some((name, i) => i % 2 === 0 && /^x-request-id$/i.test(name)))
    return [];
  const id = randomBytes(16).toString("hex");
  request.replaceField(ID_FIELD, id);
  return [ID_FIELD, id];
}

const TEXTS = { 400: "Bad Request\n", 413: "Content Too Large\n" } as const;

function refuse(exchange: Exchange, status: 400 | 413, headers: readonly string[] = []): true {
  const fields = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store", ...headers];
  exchange.respondWith(status, undefined, fields, TEXTS[status]);
  return true;
}
