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
      this.#isOn = isThere(this.#rule.file);
      if (this.#isOn) this.#page = pageOf(this.#rule.pages);
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

/** A folder that is closed to this worker's user holds none that it could see. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** One that is away is no reason to go on. */
function pageOf(files: readonly string[]): string | Buffer {
  for (const file of files)
    try {
      const page = readFileSync(file);
      if (page.length <= LARGEST_PAGE) return page;
    } catch {}
  return PLAIN;
}
