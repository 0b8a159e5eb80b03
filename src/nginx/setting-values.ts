/** Reading what settings of `[nginx]` have behind the `=`. All throw an Error that says what was wanted. */

export function wanted(what: string, value: string): Error {
  return new Error(`expected ${what}: got ${JSON.stringify(value)}`);
}

export function readBoolean(value: string): boolean {
  if (/^(?:true|1|yes|on)$/i.test(value)) return true;
  if (/^(?:false|0|no|off)$/i.test(value)) return false;
  throw wanted("true or false", value);
}

/** As NGINX writes it: "512k". */
export function readSize(value: string): string {
  if (!/^\d{1,12}[kKmMgG]?$/.test(value))
    throw wanted("a size such as 512k, 20m or 1g, or 0 for no limit", value);
  return value.toLowerCase();
}

/** As NGINX writes it: "60s"; seconds without a unit. */
export function readTime(value: string): string {
  if (!/^\d{1,9}(?:ms|[smhdy])?$/.test(value) || Number.parseInt(value, 10) === 0)
    throw wanted("a time such as 60s, 5m or 1h", value);
  return /\d$/.test(value) ? `${value}s` : value;
}

/** Seconds in a time as readTime gives it, rounded up. */
export function seconds(time: string): number {
  const unit = /\D+$/.exec(time)?.[0] ?? "s";
  const each: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, y: 31_536_000 };
  return Math.ceil(Number.parseInt(time, 10) * (each[unit] ?? 1));
}

export function readCount(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw wanted("a whole number, 1 or more", value);
  return Number(value);
}

/** Words with white space between them; double quotes hold a word with spaces together: `realm="Members only"`. */
export function wordsOf(value: string): string[] {
  const words = value.match(/(?:"[^"]*"|[^\s"])+|"/g) ?? [];
  if (words.some((word) => word.split('"').length % 2 === 0)) throw wanted("quotes that are closed", value);
  return words.map((word) => word.replaceAll('"', ""));
}

/** `/path` in front, if any, and the words behind it. Path "": the whole site. */
export interface Scoped {
  readonly path: string;
  readonly words: readonly string[];
}

export function scoped(value: string): Scoped {
  const words = wordsOf(value);
  const [first = ""] = words;
  return first.startsWith("/") ? { path: readPath(first), words: words.slice(1) } : { path: "", words };
}

/** A path of the site as NGINX compares it: decoded, without a slash at its end; "/" is "". */
export function readPath(text: string): string {
  const path = text.replace(/\/+$/, "");
  if (!text.startsWith("/") || !/^(?:\/[^\s/"'\\{};$?#%]+)*$/.test(path) || /\/\.{1,2}(?:\/|$)/.test(path))
    throw wanted("a path such as /api, without escapes, query or empty segments", text);
  return path;
}

/** `key=value` words by key, and the others. */
export function readWords(words: readonly string[], keys: readonly string[], value: string): Words {
  const options = new Map<string, string[]>();
  const plain: string[] = [];
  for (const word of words) {
    const [, key, text] = /^([a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || text === undefined) {
      plain.push(word);
      continue;
    }
    if (!keys.includes(key))
      throw wanted(keys.length === 0 ? "no word with =" : `no other words than ${keys.join("=, ")}=`, value);
    options.set(key, [...(options.get(key) ?? []), text]);
  }
  return { plain, all: (key) => options.get(key) ?? [], last: (key) => options.get(key)?.at(-1) };
}

export interface Words {
  readonly plain: readonly string[];
  all(key: string): readonly string[];
  last(key: string): string | undefined;
}

/** A path on disk that NGINX will not expand. */
export function refuseVariables(file: string): string {
  // NGINX expands variables in most paths, and has no way to write a plain `$`.
  if (file.includes("$")) throw wanted("a path without $, which NGINX would expand", file);
  return file;
}
