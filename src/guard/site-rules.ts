import type { SiteOptions } from "../app/site-options.ts";
import type { AtPath } from "./rules.ts";

/** What `[nginx]` says beside who may come in; docs/nginx.md tells what each means. */
export interface SiteRules {
  readonly files?: SiteOptions;
  readonly headers: readonly HeaderRule[];
  /** Strict-Transport-Security, for those who come by https. */
  readonly hsts?: string;
  readonly bodySizes: readonly BodySizeRule[];
  readonly requestId: boolean;
  readonly maintenance: MaintenanceRule;
}

/** A field that answers have where the app does not say it; the nearest counts, and "" takes it off. */
export interface HeaderRule extends AtPath {
  readonly name: string;
  readonly value: string;
}

export interface BodySizeRule extends AtPath {
  /** 0: no limit. */
  readonly bytes: number;
}

export interface MaintenanceRule {
  /** While this file is there everybody gets 503. */
  readonly file: string;
  /** Files of HTML, of which the first that is there is the page; none: a plain one. */
  readonly pages: readonly string[];
  /** Seconds until a client is to come again. */
  readonly retryAfter: number;
}
