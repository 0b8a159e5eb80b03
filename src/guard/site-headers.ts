import { holding } from "./rules.ts";
import type { HeaderRule } from "./site-rules.ts";

/** Names and values in turn, as `Exchange` has them. */
type Fields = readonly string[];

/** The fields that answers have at a path, where the app does not say them itself. */
export class SiteHeaders {
  readonly #rules: readonly HeaderRule[];
  readonly #hsts: Fields;

  constructor(rules: readonly HeaderRule[], hsts: string | undefined) {
    this.#rules = rules;
    this.#hsts = hsts === undefined ? [] : ["Strict-Transport-Security", hsts];
  }

  /** @param path as `holding` takes it */
  at(path: string, scheme: string): Fields {
    const hsts = scheme === "https" ? this.#hsts : [];
    if (this.#rules.length === 0) return hsts;
    const fields = new Map<string, string>();
    // The nearest last, and of those at one path the last.
    const above = holding(this.#rules, path).sort((a, b) => a.path.length - b.path.length);
    for (const { name, value } of above) fields.set(name, value);
    return [...hsts, ...[...fields].filter(([, value]) => value !== "").flat()];
  }
}

/** The header with those fields that it does not have. */
export function withFields(headers: Fields, fields: Fields): Fields {
  const missing: string[] = [];
  for (let i = 0; i < fields.length; i += 2)
    if (!has(headers, fields[i]!.toLowerCase())) missing.push(fields[i]!, fields[i + 1]!);
  return missing.length === 0 ? headers : [...headers, ...missing];
}

function has(headers: Fields, name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return true;
  return false;
}
