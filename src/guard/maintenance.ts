import { readFileSync, statSync } from "node:fs";
import type { Exchange } from "../app/exchange.ts";
import type { MaintenanceRule } from "./site-rules.ts";

/** Milliseconds between looks at the file: NGINX looks at each request, which costs it less. */
const LOOK = 100;
/** Bytes of a page; a longer one is not sent. */
const LARGEST_PAGE = 1024 * 1024;
const PLAIN = "<!doctype html><title>Back soon</title><h1>Back soon</h1>\n";

/** Between `portico maintenance on` and `off` everybody gets 503. */
export class Maintenance {
  readonly #rule: MaintenanceRule;
  #isOn = false;
  #page: string | Buffer = PLAIN;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(rule: MaintenanceRule) {
    this.#rule = rule;
  }

  /** true: it has answered. @param now milliseconds, monotonic */
  answers(exchange: Exchange, now: number): boolean {
    if (now - this.#lookedAt >= LOOK) {
      this.#lookedAt = now;
      this.#isOn = statSync(this.#rule.file, { throwIfNoEntry: false })?.isFile() ?? false;
      if (this.#isOn) this.#page = pageOf(this.#rule.page);
    }
    if (!this.#isOn) return false;
    const { method } = exchange.request;
    exchange.respondWith(
      503,
      undefined,
      [
        ...["Content-Type", "text/html", "Retry-After", String(this.#rule.retryAfter)],
        ...["Cache-Control", "no-store"],
      ],
      // As NGINX, which sends no file in answer to a POST.
      method === "GET" || method === "HEAD" ? this.#page : PLAIN,
    );
    return true;
  }
}

function pageOf(file: string | undefined): string | Buffer {
  if (file === undefined) return PLAIN;
  try {
    const page = readFileSync(file);
    return page.length > LARGEST_PAGE ? PLAIN : page;
  } catch {
    // Its being away is no reason to go on.
    return PLAIN;
  }
}
