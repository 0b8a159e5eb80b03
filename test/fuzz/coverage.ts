import { Session } from "node:inspector";

/**
 * Which characters of some modules' source have run, by V8's own block coverage. Make it before the
 * modules are loaded: code compiled earlier is not counted block by block.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #urlPart: string;
  /** By module: 1 for a character that has run. */
  readonly #seen = new Map<string, Uint8Array>();

  /** @param urlPart modules with it in their URL are looked at. */
  constructor(urlPart: string) {
    this.#urlPart = urlPart;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Whether anything has run since the last call, of this or of `forget`, that never had before `keep`. */
  isNew(keep: boolean): boolean {
    let isNew = false;
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error !== null) throw error;
      for (const { url, functions } of taken.result) {
        if (!url.includes(this.#urlPart)) continue;
        const ran = ranIn(functions);
        const seen = this.#seen.get(url) ?? new Uint8Array(ran.length);
        for (let at = 0; at < ran.length && !isNew; at++) isNew = ran[at]! > (seen[at] ?? 0);
        if (keep) this.#seen.set(url, merged(seen, ran));
      }
    });
    return isNew;
  }

  /** What has run in all, in characters. */
  get size(): number {
    let size = 0;
    for (const seen of this.#seen.values()) for (const bit of seen) size += bit;
    return size;
  }

  stop(): void {
    this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }
}

interface FunctionCoverage {
  readonly ranges: readonly { startOffset: number; endOffset: number; count: number }[];
}

/** Inner functions come after the ones around them, and inner ranges too: the last word on a character counts. */
function ranIn(functions: readonly FunctionCoverage[]): Uint8Array {
  const end = Math.max(0, ...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0));
  const ran = new Uint8Array(end);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}

function merged(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.max(one.length, other.length));
  for (let at = 0; at < all.length; at++) all[at] = (one[at] ?? 0) | (other[at] ?? 0);
  return all;
}
