/** What `[nginx]` of the ini says that our own listeners keep too; docs/nginx.md tells what each means. */
export interface GuardRules {
  readonly throttle: readonly RateRule[];
  readonly auth: readonly AuthRule[];
  readonly access: readonly AccessRule[];
  readonly satisfy: readonly SatisfyRule[];
}

/** A path and all below it; "": everything. Decoded, as people write it. */
export interface AtPath {
  readonly path: string;
}

export interface RateRule extends AtPath {
  readonly count: number;
  readonly per: "s" | "m";
  /** Requests that may come at once, beyond the rate. */
  readonly burst: number;
  /** Whether those wait for their turn. */
  readonly waits: boolean;
  /** What clients are told apart by. */
  readonly by: "ip" | { readonly kind: "cookie" | "header"; readonly name: string };
}

export type AuthRule = AtPath &
  (
    | { readonly kind: "basic"; readonly file: string; readonly realm: string }
    /** By a client's certificate, of the listener's authorities. */
    | { readonly kind: "certificate" }
    /** Who is let in only NGINX can find out: nobody is. */
    | { readonly kind: "closed" }
    | { readonly kind: "off" }
  );

export interface AccessRule extends AtPath {
  /** ["allow" or "deny", an address, a network, "unix:" or "all"]; the first that fits counts. */
  readonly entries: readonly (readonly [string, string])[];
}

export interface SatisfyRule extends AtPath {
  readonly word: "any" | "all";
}

/** Those that hold at a path as `comparable` gives it, the nearest first. */
export function holding<Rule extends AtPath>(rules: readonly Rule[], path: string): Rule[] {
  return rules
    .filter((rule) => {
      const above = lower(Buffer.from(rule.path).toString("latin1"));
      return above === "" || path === above || path.startsWith(`${above}/`);
    })
    .sort((a, b) => b.path.length - a.path.length);
}

/** Dot segments, however they are written, backslashes and fragments: src/nginx/features/strict-paths.ts. */
const AMBIGUOUS = /(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|;|%3b|$)|[\\#]|%5c/i;

/**
 * The path of a target as NGINX compares it with its locations: decoded, slashes merged, whatever the case.
 * @returns undefined for one that an app may take for another, or that NGINX would not take
 */
export function comparable(target: string): string | undefined {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  if (AMBIGUOUS.test(path) || /%(?![\da-f]{2})|%00/i.test(path)) return undefined;
  const decoded = path.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return lower(decoded).replace(/\/{2,}/g, "/");
}

/** ASCII alone: what is no letter there is a byte of something else. */
export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
