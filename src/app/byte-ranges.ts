/** Bytes `first` to `last` of a file, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More than this in one request serves nobody who reads a file: all of it is sent then. */
const MOST_RANGES = 16;

/**
 * What a Range field asks of a file (RFC 9110, section 14.2), in the order asked; undefined: it is to be
 * ignored, and the file sent whole; empty: there is nothing of what it asks for (416). Ignored are, as
 * section 14.2 allows, other units, what cannot be read, too many ranges, and ranges that overlap so that
 * they are more than the file.
 * @param size of the file, bytes
 */
export function byteRanges(range: string, size: number): ByteRange[] | undefined {
  const [, set] = /^bytes=(.*)$/i.exec(range) ?? [];
  if (set === undefined) return undefined;
  const specs = set.split(",").map((spec) => spec.trim());
  if (specs.length > MOST_RANGES) return undefined;
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    const [, from, to] = /^(\d*)-(\d*)$/.exec(spec) ?? [];
    if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
    if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
    const asked = rangeOf(from, to, size);
    // The last bytes of an empty file are all of it, which no Content-Range can say.
    if (asked === "whole") return undefined;
    if (asked === undefined) continue;
    ranges.push(asked);
    total += asked.last - asked.first + 1;
  }
  return total > size ? undefined : ranges;
}

/** undefined: there is nothing of it. */
function rangeOf(from: string, to: string, size: number): ByteRange | "whole" | undefined {
  if (from === "") {
    const length = Number(to);
    if (length === 0) return undefined;
    return size === 0 ? "whole" : { first: Math.max(0, size - length), last: size - 1 };
  }
  const first = Number(from);
  if (first >= size) return undefined;
  return { first, last: to === "" ? size - 1 : Math.min(Number(to), size - 1) };
}
