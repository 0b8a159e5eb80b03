import { acceptedEncodings } from "./accept-encoding.ts";
import type { RealDirectory } from "./real-directory.ts";
import type { StaticStore, StoredFile } from "./static-store.ts";

/** In the order of what they save. */
const CODINGS = ["br", "zstd", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

const SUFFIXES: Readonly<Record<Coding, string>> = { br: ".br", zstd: ".zst", gzip: ".gz" };

/** A file that was compressed beforehand, in the place of the original. */
export interface Variant {
  readonly file: StoredFile;
  readonly coding: Coding;
}

/**
 * The compressed sibling of a file that a client takes: `a.css.br` for `a.css`. One that is older than the
 * file was made of another.
 * @param accepted Accept-Encoding
 */
export function findVariant(
  store: StaticStore,
  root: RealDirectory,
  original: StoredFile,
  accepted: string | undefined,
): Variant | undefined {
  for (const coding of acceptedEncodings(accepted, CODINGS)) {
    const file = siblingOf(store, root, original, coding);
    if (file) return { file, coding };
  }
  return undefined;
}

/** Whether a file has a compressed sibling at all: then another client may get that one. */
export function hasVariant(store: StaticStore, root: RealDirectory, original: StoredFile): boolean {
  return CODINGS.some((coding) => siblingOf(store, root, original, coding) !== undefined);
}

function siblingOf(
  store: StaticStore,
  root: RealDirectory,
  original: StoredFile,
  coding: Coding,
): StoredFile | undefined {
  const file = store.find(original.path + SUFFIXES[coding], root, "file");
  // Archives and copies keep whole seconds.
  return file && Math.floor(file.modified / 1000) >= Math.floor(original.modified / 1000) ? file : undefined;
}
